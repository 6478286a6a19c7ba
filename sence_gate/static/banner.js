(() => {
"use strict";
// Not `document.body`: pictures may be named so.
const read = (name, page = document) => Reflect.get(Document.prototype, name, page);

const NAME = "sence-gate-bar";
const ONCE = Symbol.for(NAME);
const script = read("currentScript");
const source = script?.getAttribute("src"); // no <base> turns it
const BASE = source && new URL(".", new URL(source, location)).href;
if (!BASE?.startsWith(location.origin + "/") || top !== window || window[ONCE]) return;
window[ONCE] = true;

const HINT = "Guarda tu avance y cierra la sesión";

// Between Bootstrap's fixed bars and its dialogs. What of a long name is cut off, a touch shows.
const STYLE = `
:host{all:initial!important;display:contents!important}
section{--back:#0b3674;--text:#fff;position:fixed;z-index:1045;direction:ltr;
display:flex;flex-wrap:wrap;align-items:center;gap:.5em 1em;padding:.5em max(.75em,50% - 36em);
color:var(--text);background:var(--back);font:.9375em/1.2 system-ui}
.over{--back:#8c1d18}
.warning{--back:#ffd27a;--text:#2a1c00}
div{flex:1;min-width:0;max-height:50vh;overflow:auto}
div *{display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:2;overflow:hidden;overflow-wrap:anywhere}
:is(div:focus,:has(:focus-visible)>div) *,.over b{-webkit-line-clamp:none}
time:empty,[hidden]{display:none}
time{font-size:1.25em;font-variant-numeric:tabular-nums}
a,button{padding:.55em .75em;border:1px solid var(--text);border-radius:.4em;color:var(--back);background:var(--text);
font:inherit;text-decoration:none;cursor:pointer}
time,a,button{font-weight:700}
.over a+a,button{color:inherit;background:none}
:focus-visible{outline:.2em solid var(--text);outline-offset:.125em}
@media(max-width:36em){
section{gap:.15em .5em;padding:.3em .75em}
div{flex-basis:100%}
a{flex:1 5em;text-align:center}
a+a{flex-grow:2}
a,button{padding:.45em .6em}
.calm small{display:none}
}
.small{left:auto!important;padding:.25em .5em}
.small :is(div,a){display:none}
output{position:absolute;clip-path:inset(50%)}
@media print{:host{display:none!important}}`;

const { fetch } = window; // before the page wraps it
const now = () => performance.now();
const lag = () => Date.now() - now(); // grows in sleep, jumps with the clock
const here = () => location.pathname + location.search;

let told; // by `estado`
let deadline, askedAt, lagged; // by `now`: clocks may be wrong
let failures = 0, closing = 0; // how often; how often still to ask
let isStale = true;
let isSmall = memory("small") === "true";
let isAsking, askedFor, bar, phase, ticking;

function memory(key, value) {
	try {
		return value === undefined ? localStorage[NAME + key] : localStorage[NAME + key] = value;
	} catch { /* forbidden here */ }
}

async function sync() {
	if (isAsking || read("hidden")) return;
	isAsking = true;
	isStale = false;
	if (closing) closing--;
	const start = askedAt = now();
	askedFor = here();
	try {
		const response = await fetch(`${BASE}estado?curso=${script.dataset.course || ""}&url=${encodeURIComponent(askedFor)}`,
			{ signal: AbortSignal.timeout(1e4) });
		if (!response.ok) throw response;
		const answer = await response.json();
		failures = 0;
		if (answer.state !== "open") closing = 0;
		told = answer.state === "none" ? null : answer;
		deadline = (start + now()) / 2 + answer.remaining * 1000;
	} catch {
		failures++;
		deadline -= Math.max(0, lag() - lagged); // slept, in doubt
	}
	lagged = lag();
	isAsking = false;
	tick();
}

// From other tabs: the gate was seen, or a course is being closed.
const channel = new BroadcastChannel(NAME + BASE);
channel.onmessage = ({ data: course }) => {
	if (course && course === told?.course) closing = 36;
	doubt();
};

function doubt() {
	isStale = true;
	tick();
}

function tick() {
	clearTimeout(ticking);
	const left = deadline - now();
	ticking = setTimeout(tick, left > 0 ? left % 1000 + 10 : 1000);
	const patience = closing ? 5e3 : failures * 15e3 || 12e4;
	const isDue = now() - askedAt > patience || Math.abs(lag() - lagged) > 1500;
	if (isStale || isDue || askedFor !== here()) sync();
	show();
}

function enter(next, news) {
	if (next === phase) return;
	phase = next;
	if (next === "over") {
		isSmall = false;
		isStale = told.state === "open";
	}
	const isKnown = next === "open" || next === "warning" && memory("warned") === told.course;
	memory("warned", next === "warning" && told.course);
	// A live region speaks of changes once it is there.
	setTimeout(() => write(bar.news, isKnown ? "" : news), 1000);
}

function show() {
	if (bar) bar.section.hidden = !told || read("fullscreenElement");
	if (!told || !stand()) return;
	const left = Math.max(0, Math.ceil((deadline - now()) / 1000));
	const isOver = told.state !== "open" || !left;
	const end = `Tu sesión SENCE ${told.state === "needed" ? "no está abierta" : "terminó"}`;
	const soon = `A tu sesión SENCE le quedan ${Math.ceil(left / 60)} min. ${HINT}.`;
	enter(isOver ? "over" : left <= told.warning ? "warning" : "open", isOver ? end : soon);
	const hint = closing ? "Cerrando la sesión…" : phase === "open" ? "Sesión SENCE en curso" : HINT;
	write(bar.title, isOver ? end : told.name);
	write(bar.note, failures ? "Sin conexión con el registro" : isOver ? told.name : hint);
	write(bar.time, isOver ? "" : new Date(left * 1000).toISOString().slice(left < 36e3 ? 12 : 11, 19));
	lead(bar.start, isOver && told.start_url);
	lead(bar.close, told.close_url);
	// What is unsaved here must outlive a new start.
	bar.close.target = isOver ? "_blank" : "_top";
	write(bar.button, isSmall ? "▴" : "▾");
	bar.button.ariaLabel = `${isSmall ? "Mostrar" : "Achicar"} la barra`;
	const calm = phase === "open" && !closing && !failures ? " calm" : "";
	bar.section.className = phase + calm + (isSmall ? " small" : "");
	giveWay(bar);
}

function write(element, text) {
	if (element.textContent !== text) element.textContent = text;
}

// Into the gate alone.
function lead(link, path) {
	const { href } = new URL(path, BASE);
	link.hidden = !path || !href.startsWith(BASE);
	link.href = link.hidden ? "" : href;
}

function ground(page) {
	const body = page && read("body", page);
	if (body?.localName !== "frameset") return body && page;
	const area = (frame) => frame.contentDocument && frame.offsetWidth * frame.offsetHeight;
	const [frame] = [...page.querySelectorAll("frame")].sort((one, other) => area(other) - area(one));
	return ground(frame.contentDocument);
}

function stand() {
	const page = ground(document);
	if (!page) return;
	if (bar?.page !== page) bar = build(page);
	if (!bar.host.isConnected) read("documentElement", page).append(bar.host);
	const sheets = read("adoptedStyleSheets", page);
	if (!sheets.includes(bar.sheet)) sheets.push(bar.sheet);
	return bar;
}

function build(page) {
	const { CSSStyleSheet, ResizeObserver } = read("defaultView", page);
	const parts = { page, sheet: new CSSStyleSheet(), style: new CSSStyleSheet() };
	const make = (name, part, more, ...children) => {
		const element = parts[part] = read("createElement", page).call(page, name);
		element.append(...children);
		return Object.assign(element, more);
	};
	const press = () => {
		memory("small", isSmall = !isSmall);
		show();
	};
	const leave = () => {
		closing = 36;
		channel.postMessage(told.course);
	};
	parts.style.replaceSync(STYLE);
	const root = make(NAME, "host").attachShadow({ mode: "open" });
	root.adoptedStyleSheets = [parts.style];
	root.append(make("section", "section", { lang: "es-CL", role: "region", ariaLabel: "Sesión SENCE" },
		make("div", "text", { tabIndex: -1, onclick: () => parts.text.focus() }, make("b", "title"), make("small", "note")),
		make("time", "time", { role: "timer", ariaLabel: "Tiempo restante" }),
		make("a", "start", { textContent: "Nueva sesión", target: "_blank" }),
		make("a", "close", { textContent: "Cerrar en SENCE", onclick: leave }),
		make("button", "button", { onclick: press }),
		make("output", "news")));
	new ResizeObserver(() => makeRoom(parts)).observe(parts.section);
	return parts;
}

function makeRoom({ page, sheet, section }) {
	const height = section.offsetHeight;
	sheet.disabled = true;
	const padding = parseFloat(getComputedStyle(read("body", page)).paddingBottom);
	sheet.replaceSync(`@media screen{body{padding-bottom:${padding + height}px!important}
html{scroll-padding-bottom:${height}px}}`);
	sheet.disabled = !height;
}

// Stand on the platform's bars, and beside its menus and chats.
function giveWay({ page, host, section }) {
	const { innerWidth: width, innerHeight: height } = read("defaultView", page);
	let left = 0, right = 0, lift = 0;
	const look = (x, y) => read("elementsFromPoint", page).call(page, x, y).flatMap((it) =>
		[it, ...it !== host && it.shadowRoot?.elementsFromPoint(x, y) || []]).forEach((it) => {
		if (it === host || !/fixed|sticky/.test(getComputedStyle(it).position)) return;
		const box = it.getBoundingClientRect();
		const side = Math.min(box.right, width - box.left);
		if (side > width / 2) lift = Math.max(lift, box.height < height / 3 && height - box.top);
		else if (side === box.right) left = Math.max(left, side);
		else right = Math.max(right, side);
	});
	for (const x of [40, width / 2, width - 40]) {
		for (const part of [0, .5, 1]) look(x, height - 3 - part * section.offsetHeight);
	}
	section.style.inset = `auto ${right}px ${lift}px ${left}px`;
}

// Of refused scripts, perhaps by the gate.
const judge = ({ status }) => isStale ||= status === 401;
const { open } = XMLHttpRequest.prototype;
Reflect.set(XMLHttpRequest.prototype, "open", function (...args) {
	this.addEventListener("loadend", () => judge(this));
	return open.apply(this, args);
});
if (fetch) Reflect.set(window, "fetch", (...args) => {
	const answer = fetch(...args);
	answer?.then?.(judge, () => {});
	return answer;
});

for (const event of ["online", "visibilitychange"]) addEventListener(event, doubt);
addEventListener("pageshow", ({ persisted }) => {
	if (persisted) closing = 0, doubt();
});
tick();
})();
