// The bar on a course's pages: which course, how much time is left, how to close.
// It works under `default-src 'self'` and Trusted Types, and never leaves the page by itself.
(() => {
"use strict";
const NAME = "sence-gate-bar";
const source = document.currentScript?.src;
if (!source || window.top !== window || customElements.get(NAME)) return;
customElements.define(NAME, class extends HTMLElement {});

const BASE = new URL(".", source).href;
const SMALL = NAME + "-small";
const WARNED = NAME + "-warned";
const ask = window.fetch; // before it is wrapped

// z-index: above Bootstrap's fixed bars, below its dialogs and their buttons.
const STYLE = `
:host{all:initial!important;display:contents!important}
:host([hidden]),[hidden]{display:none!important}
section{--back:#0b3674;--text:#fff;position:fixed;inset:auto 0 0;z-index:1045;
display:grid;grid:auto/1fr auto auto auto;align-items:center;gap:0 1em;padding:.5em max(1em,50% - 36em);
outline:1px solid #89a;color:var(--text);background:var(--back);font:.9375em/1.3 system-ui,sans-serif}
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
section{grid:auto/1fr auto auto;gap:0 .5em;padding:.5em .75em}
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

let told = null; // what `estado` said of a session
let deadline = 0; // by performance.now(): the visitor's clock may be wrong
let askedAt = 0; // by Date.now(), which goes on while the computer sleeps
let failures = 0;
let refusedAt = ""; // where the gate refused a script
let phase = "";
let isSmall = memory(SMALL) === "true";
let askedFor, isAsking, bar, ticking, moving;

const here = () => location.pathname + location.search;
const age = () => Math.abs(Date.now() - askedAt) / 60000;

function memory(key, value) {
  try {
    if (value === undefined) return localStorage.getItem(key);
    localStorage.setItem(key, value);
  } catch { /* forbidden here */ }
}

async function sync(isUrgent) {
  if (isAsking || document.hidden || (!isUrgent && age() < 1)) return;
  isAsking = true;
  askedAt = Date.now();
  askedFor = here();
  try {
    const options = { cache: "no-store", signal: AbortSignal.timeout(10000) };
    const response = await ask(`${BASE}estado?url=${encodeURIComponent(askedFor)}`, options);
    if (!response.ok) throw response;
    const answer = await response.json();
    failures = 0;
    if (askedFor === here()) receive(answer, askedAt);
    channel.postMessage({ answer, at: askedAt });
  } catch {
    failures++;
  }
  isAsking = false;
  if (askedFor !== here()) sync(true);
  tick();
}

function receive(answer, at) {
  // A refusal outlives "none", which would hide why nothing works here.
  if (refusedAt === here() && answer.state !== "open") return;
  refusedAt = "";
  told = answer.state === "none" ? null : answer;
  deadline = performance.now() - Date.now() + at + answer.remaining * 1000;
}

const channel = new BroadcastChannel(NAME + BASE);
channel.onmessage = ({ data: { answer, at } }) => {
  if (!told || answer.course !== told.course) return;
  receive({ ...answer, start_url: told.start_url || answer.start_url }, at);
  tick();
};

function tick() {
  clearTimeout(ticking);
  show();
  if (age() > Math.min(5, failures / 4 || 5)) sync(true);
  const left = deadline - performance.now();
  if (told || failures) ticking = setTimeout(tick, left > 0 ? (left % 1000) + 10 : 1000);
}

function enter(next, left) {
  if (next === phase) return;
  phase = next;
  let news;
  if (next === "over") {
    news = "Tu sesión SENCE terminó.";
    isSmall = false;
    if (told.state === "open") sync(true);
  } else if (next === "warning" && memory(WARNED) !== told.course) {
    news = `A tu sesión SENCE le quedan ${Math.ceil(left / 60)} min.`;
  }
  memory(WARNED, next === "warning" && told.course);
  // A live region speaks only of what changes once it is in the page.
  setTimeout(() => write(bar.heard, news), 1000);
}

function show() {
  if (bar) bar.host.hidden = !told;
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
  bar.button.ariaLabel = isSmall ? "Mostrar la barra" : "Achicar la barra";
  bar.section.className = `${phase} ${isSmall ? "small" : ""} ${failures ? "lost" : ""}`;
}

function write(element, text = "") {
  if (element.textContent !== text) element.textContent = text;
}

function lead(link, text, url) {
  link.hidden = !url;
  link.href = url;
  write(link, text);
  // What is unsaved on the page must outlive a new start.
  link.target = phase === "over" ? "_blank" : "";
}

// Stand in the page, or in its middle frame, again if it was emptied; say whether it worked.
function stand() {
  const isFramed = document.body.localName === "frameset";
  const page = isFramed ? document.elementFromPoint(innerWidth / 2, innerHeight / 2)?.contentDocument : document;
  if (!page?.body) return false;
  if (bar?.page !== page) bar = build(page);
  if (!bar.host.isConnected) page.documentElement.append(bar.host);
  if (!page.adoptedStyleSheets.includes(bar.sheet)) page.adoptedStyleSheets.push(bar.sheet);
  return true;
}

function build(page) {
  const view = page.defaultView;
  const parts = { page, sheet: new view.CSSStyleSheet() };
  const make = (name, part, ...children) => {
    const element = parts[part] = page.createElement(name);
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
    memory(SMALL, isSmall);
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

// Add our height to the page's own padding.
function makeRoom({ page, sheet, section }) {
  const height = section.offsetHeight;
  sheet.disabled = true;
  const padding = parseFloat(page.defaultView.getComputedStyle(page.body).paddingBottom);
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

async function watch(status, type, read) {
  if (status !== 401 || !type?.startsWith("application/problem+json")) return;
  try {
    const url = new URL((await read()).start_url, BASE).href;
    if (!url.startsWith(BASE)) return;
    refusedAt = here();
    told = { ...told, state: "expired", start_url: url };
    tick();
  } catch { /* somebody else's refusal */ }
}

// Before the platform's own handlers: there is still a body to copy.
after(window, "fetch", (promise) => promise.then((it) => {
  watch(it.status, it.headers.get("Content-Type"), () => it.clone().json());
}, () => {}));
after(XMLHttpRequest.prototype, "open", (_, it) => it.addEventListener("loadend", () => {
  const read = () => it.responseType ? it.response : JSON.parse(it.response);
  watch(it.status, it.getResponseHeader("Content-Type"), read);
}));

function moved() {
  clearTimeout(moving);
  moving = setTimeout(() => here() === askedFor || sync(true), 200);
}
after(history, "pushState", moved);
after(history, "replaceState", moved);
addEventListener("popstate", moved);
addEventListener("pageshow", (event) => event.persisted && sync(true));
addEventListener("online", () => sync(failures));
addEventListener("visibilitychange", () => {
  tick();
  sync();
});
sync(true);
})();
