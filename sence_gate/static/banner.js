// The bar on a course's pages. It works under `default-src 'self'` and Trusted Types,
// and never leaves the page by itself.
(() => {
"use strict";
// Not `document.body`: a picture in a post, named "body", would answer for it.
const read = (page, name) => Reflect.get(Document.prototype, name, page);

const NAME = "sence-gate-bar";
const ONCE = Symbol.for(NAME); // the element's name may be taken
const source = read(document, "currentScript")?.getAttribute("src"); // no <base> turns it
const BASE = source && new URL(".", new URL(source, location)).href;
if (!BASE?.startsWith(location.origin + "/") || top !== window || window[ONCE]) return;
window[ONCE] = true;

const ask = fetch; // before it is wrapped

// z-index: between Bootstrap's fixed bars and its dialogs.
const STYLE = `
:host{all:initial!important;display:contents!important}
[hidden]{display:none!important}
section{--back:#0b3674;--text:#fff;position:fixed;inset:auto 0 0;z-index:1045;
display:grid;grid:auto/1fr;align-items:center;gap:0 1em;padding:.5em max(1em,50% - 36em);
outline:1px solid #89a;color:var(--text);background:var(--back);font:.9375em/1.3 system-ui}
.over{--back:#8c1d18}
@media(prefers-color-scheme:dark){section{--back:#13233f}.over{--back:#651714}}
.warning{--back:#ffd27a;--text:#2a1c00}
.title{grid-area:1/1}
.note{grid-area:2/1;font-size:.875em}
.title,.note{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.title,.time{font-weight:600}
.time,.acts,button{grid-row:1/3}
.time{font-size:1.25em;font-variant-numeric:tabular-nums}
.acts{display:flex;flex-wrap:wrap;gap:.5em}
a,button{padding:.55em .75em;border:1px solid var(--text);border-radius:.4em;color:var(--back);background:var(--text);
font:inherit;font-weight:600;text-decoration:none;white-space:nowrap;cursor:pointer}
.other,button{color:inherit;background:none}
:focus-visible{outline:.2em solid var(--text);outline-offset:.125em}
@media(max-width:36em){
section{gap:0 .5em;padding:.5em .75em}
.note{display:none}
.time{grid-area:2/1}
a{padding:.55em .5em;font-size:.9375em;text-align:center;white-space:normal}
.over .acts{grid-area:3/1/4/4;margin-top:.5em}
.over a{flex:auto;font-size:.875em;font-weight:400}
}
.lost .time::after{content:" ⚠"}
.small{left:auto;display:flex;gap:.5em;padding:.25em .5em}
.small :is(.title,.note,.acts){display:none}
.heard{position:absolute;clip-path:inset(50%)}
@media print{section{display:none!important}}`;

let told; // what `estado` said of a session
let deadline = 0; // by performance.now(): clocks may be wrong
let askedAt = 0; // by Date.now(), which goes on in sleep
let failures = 0;
let refusedAt; // where the gate refused a script
let isSmall = memory("small") === "true";
let askedFor, isAsking, bar, phase, ticking, moving;

// All that becomes a link: no `javascript:`, nothing that a <base> turns.
function ours(path) {
  const { href } = new URL(path, BASE);
  return path && href.startsWith(BASE) ? href : "";
}

const here = () => location.pathname + location.search;
const age = () => Math.abs(Date.now() - askedAt) / 60000;

function memory(key, value) {
  try {
    if (value === undefined) return localStorage[`${NAME}-${key}`];
    localStorage[`${NAME}-${key}`] = value;
  } catch { /* forbidden here */ }
}

async function sync(isUrgent) {
  if (isAsking || read(document, "hidden") || (!isUrgent && age() < 1)) return;
  isAsking = true;
  askedAt = Date.now();
  askedFor = here();
  try {
    const options = { cache: "no-store", signal: AbortSignal.timeout(1e4) };
    const response = await ask(`${BASE}estado?url=${encodeURIComponent(askedFor)}`, options);
    if (!response.ok) throw response;
    const answer = { ...await response.json(), at: askedAt };
    failures = 0;
    if (askedFor === here()) receive(answer);
    channel.postMessage(answer);
  } catch {
    failures++;
  }
  isAsking = false;
  if (askedFor !== here()) sync(true);
  tick();
}

function receive(answer) {
  // A refusal outlives "none", which hides why nothing works.
  if (refusedAt === here() && answer.state !== "open") return;
  refusedAt = "";
  told = answer.state === "none" ? null : answer;
  deadline = performance.now() - Date.now() + answer.at + answer.remaining * 1000;
}

const channel = new BroadcastChannel(NAME + BASE);
channel.onmessage = ({ data: answer }) => {
  if (!told || answer.course !== told.course) return;
  receive({ ...answer, start_url: told.start_url || answer.start_url });
  tick();
};

function tick() {
  clearTimeout(ticking);
  show();
  if (age() > Math.min(5, failures / 4 || 5)) sync(true);
  const left = deadline - performance.now();
  if (told || failures) ticking = setTimeout(tick, left > 0 ? left % 1000 + 10 : 1000);
}

function enter(next, left) {
  if (next === phase) return;
  phase = next;
  let news;
  if (next === "over") {
    news = "Tu sesión SENCE terminó.";
    isSmall = false;
    if (told.state === "open") sync(true);
  } else if (next === "warning" && memory("warned") !== told.course) {
    news = `A tu sesión SENCE le quedan ${Math.ceil(left / 60)} min.`;
  }
  memory("warned", next === "warning" && told.course);
  // A live region speaks of what changes once it is in the page.
  setTimeout(() => write(bar.heard, news), 1000);
}

function show() {
  if (bar) bar.section.hidden = !told;
  if (!told || !stand()) return;
  const left = Math.max(0, Math.ceil((deadline - performance.now()) / 1000));
  const isOver = told.state === "expired" || !left;
  enter(isOver ? "over" : left <= told.warning ? "warning" : "open", left);
  const hint = phase === "open" ? "Sesión SENCE en curso" : "Cierra la sesión antes de que termine";
  write(bar.title, isOver ? "Tu sesión SENCE terminó" : told.name);
  write(bar.note, failures ? "Sin conexión con el registro" : isOver ? told.name : hint);
  write(bar.time, isOver ? "" : new Date(left * 1000).toISOString().slice(left < 36000 ? 12 : 11, 19));
  if (isOver) lead(bar.main, "Registrar una nueva sesión", told.start_url);
  else lead(bar.main, "Cerrar sesión SENCE", told.close_url);
  lead(bar.other, "Cerrar en SENCE", isOver && told.close_url);
  write(bar.button, isSmall ? "▴" : "▾");
  bar.button.ariaLabel = `${isSmall ? "Mostrar" : "Achicar"} la barra`;
  bar.section.className = `${phase} ${isSmall ? "small" : ""} ${failures ? "lost" : ""}`;
}

function write(element, text = "") {
  if (element.textContent !== text) element.textContent = text;
}

function lead(link, text, url) {
  link.href = ours(url);
  link.hidden = !ours(url);
  write(link, text);
  // What is unsaved here must outlive a new start.
  link.target = phase === "over" ? "_blank" : "";
}

// Stand in the page or its middle frame, anew if emptied; tell whether it worked.
function stand() {
  const isFramed = read(document, "body").localName === "frameset";
  const page = isFramed ? document.elementFromPoint(innerWidth / 2, innerHeight / 2)?.contentDocument : document;
  if (!page || !read(page, "body")) return false;
  if (bar?.page !== page) bar = build(page);
  if (!bar.host.isConnected) read(page, "documentElement").append(bar.host);
  const sheets = read(page, "adoptedStyleSheets");
  if (!sheets.includes(bar.sheet)) sheets.push(bar.sheet);
  return true;
}

function build(page) {
  const view = read(page, "defaultView");
  const parts = { page, sheet: new view.CSSStyleSheet() };
  const make = (name, part, ...children) => {
    const element = parts[part] = read(page, "createElement").call(page, name);
    element.className = part;
    element.append(...children);
    return element;
  };
  const acts = make("div", "acts", make("a", "main"), make("a", "other"));
  const texts = ["title", "note", "time", "heard"].map((part) => make("div", part));
  const section = make("section", "section", ...texts, acts, make("button", "button"));
  Object.assign(section, { lang: "es-CL", role: "region", ariaLabel: "Sesión SENCE" });
  Object.assign(parts.time, { role: "timer", ariaLabel: "Tiempo restante" });
  parts.heard.role = "status";
  parts.button.onclick = () => {
    isSmall = !isSmall;
    memory("small", isSmall);
    show();
  };
  const style = new view.CSSStyleSheet();
  style.replaceSync(STYLE);
  const root = make(NAME, "host").attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [style];
  root.append(section);
  new view.ResizeObserver(() => makeRoom(parts)).observe(section);
  return parts;
}

function makeRoom({ page, sheet, section }) {
  const height = section.offsetHeight;
  sheet.disabled = true;
  const padding = parseFloat(getComputedStyle(read(page, "body")).paddingBottom);
  sheet.replaceSync(`@media screen{body{padding-bottom:${padding + height}px!important}
html{scroll-padding-bottom:${height}px!important}}`);
  sheet.disabled = !height;
}

function after(target, name, then) {
  const original = target[name];
  target[name] = function (...args) {
    const result = original.apply(this, args);
    then(result, this);
    return result;
  };
}

async function watch({ status }, answer) {
  if (status !== 401) return;
  try {
    const { start_url } = await answer();
    if (!ours(start_url)) return;
    refusedAt = here();
    told = { ...told, state: "expired", start_url };
    tick();
  } catch { /* not our refusal */ }
}

// Before the platform's handlers: there is still a body to copy.
after(window, "fetch", (promise) => promise.then((it) => watch(it, () => it.clone().json()), () => {}));
after(XMLHttpRequest.prototype, "open", (_, it) => it.addEventListener("loadend", () => {
  watch(it, () => it.responseType ? it.response : JSON.parse(it.response));
}));

function moved() {
  clearTimeout(moving);
  moving = setTimeout(() => here() === askedFor || sync(true), 200);
}
after(history, "pushState", moved);
after(history, "replaceState", moved);
addEventListener("popstate", moved);
addEventListener("pageshow", (event) => sync(event.persisted));
addEventListener("online", () => sync(failures));
addEventListener("visibilitychange", () => { tick(); sync(); });
sync(true);
})();
