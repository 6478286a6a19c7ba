"""Pictures of every state of the bar, on pages like those that platforms have.

No server runs: the pages are answered here, and what the gate would say of the session.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, BrowserContext, Page, Route

import sence_gate

SCRIPT = Path(sence_gate.__file__).with_name("static") / "banner.js"
SITE = "http://campus.test"
SIZES = {"phone": (360, 640), "desk": (1280, 800)}

HEAD = """<!doctype html><html lang="es-CL"><head><meta charset="utf-8"><title>Campus</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<script src="/_sence/banner.js" defer></script><style>
body { max-width: 44rem; margin: auto; padding: 1rem; font: 1rem/1.6 system-ui }
.foot { position: fixed; inset: auto 0 0; padding: .8rem; color: #fff; background: #47525d }
.chat { position: fixed; right: 20px; bottom: 20px; width: 60px; height: 60px; border: 0; border-radius: 50%;
  color: #fff; background: #6a3fb5; font-size: 1.6rem }
</style></head>"""
TEXT = "<h1>Tablas dinámicas</h1>" + 9 * (
    "<p>Una tabla dinámica resume muchos datos en pocas filas. Se arma eligiendo qué campo va en las filas, "
    "cuál en las columnas y qué se cuenta o se suma en el cruce.</p>"
)
PAGES = {
    "plain": f"{HEAD}<body>{TEXT}</body>",
    "footer": f"{HEAD}<body>{TEXT}<div class=foot>Mesa de ayuda: lunes a viernes</div></body>",
    "chat": f"{HEAD}<body>{TEXT}<button class=chat aria-label=Chat>?</button></body>",
    "frameset": f'{HEAD}<frameset cols="30%,*"><frame src="/menu"><frame src="/text"></frameset>',
    "menu": "<ol><li>Celdas<li>Fórmulas<li>Tablas</ol>",
    "text": f"<!doctype html>{TEXT}",
}
LONG = "Gestión de inventarios y bodegas en empresas del rubro logístico y portuario"
RUNNING = {
    "course": "excel",
    "name": "Excel básico para la gestión",
    "state": "open",
    "remaining": 5391,
    "warning": 600,
    "close_url": "/_sence/cierre?curso=excel",
    "start_url": "/_sence/inicio?curso=excel",
}
NEEDED = {key: RUNNING[key] for key in ("course", "name", "start_url")} | {"state": "needed"}
# What the gate says when it is asked once more; None: it does not answer.
STATES: dict[str, Mapping[str, object] | None] = {
    "running": RUNNING,
    "long": RUNNING | {"name": LONG},
    "warning": RUNNING | {"remaining": 497},
    "over": RUNNING | {"state": "expired", "remaining": 0},
    "needed": NEEDED,
    "unreachable": None,
    "closing": RUNNING,
    "collapsed": RUNNING,
}
ACTS = {
    "closing": "(it) => { const link = it.querySelector('a + a'); link.target = 'x'; link.click() }",
    "collapsed": "(it) => it.querySelector('button').click()",
}

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
SHOTS: list[tuple[Scheme, str, str]] = [
    *((scheme, "plain", state) for scheme in SCHEMES for state in STATES),
    *(("light", page, "running") for page in ("footer", "chat", "frameset")),
]


class Gate:
    """Answers for platform and gate."""

    def __init__(self, context: BrowserContext) -> None:
        self.answer: Mapping[str, object] | None = RUNNING
        context.route(f"{SITE}/**", self)

    def __call__(self, route: Route) -> None:
        """Answer one request."""
        name = route.request.url.removeprefix(SITE).partition("?")[0].rpartition("/")[2]
        if name == "banner.js":
            route.fulfill(path=SCRIPT, content_type="text/javascript")
        elif name == "estado":
            status = 503 if self.answer is None else 200
            route.fulfill(status=status, body=json.dumps(self.answer), content_type="application/json")
        else:
            route.fulfill(body=PAGES.get(name, ""), content_type="text/html; charset=utf-8")


def shoot(browser: Browser, folder: Path) -> Iterator[Path]:
    """Write the pictures of the bar into *folder*, and yield the path of each."""
    for size, (width, height) in SIZES.items():
        for scheme, page, state in SHOTS:
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
            path = folder / f"{page}-{state}-{size}-{scheme}.png"
            show(context, page, state).screenshot(path=path)
            context.close()
            yield path


def show(context: BrowserContext, name: str, state: str) -> Page:
    """Return the page called *name*, with its bar in *state*."""
    gate = Gate(context)
    context.on("page", lambda other: other.close() if len(context.pages) > 1 else None)
    page = context.new_page()
    page.goto(f"{SITE}/{name}")
    bar = (page.frame_locator("frame >> nth=1") if name == "frameset" else page).get_by_role("region")
    bar.wait_for()
    gate.answer = STATES[state]
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    page.wait_for_timeout(300)
    if state in ACTS:
        bar.evaluate(ACTS[state])
    page.wait_for_timeout(1_200 if state == "closing" else 200)
    return page
