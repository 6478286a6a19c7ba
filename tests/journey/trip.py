"""A learner on the way: what a person does in one tab, step by step.

Each step asserts that it could be done, none that it should have been: what must be
seen afterwards is the business of the tests. Scripts do not run here, so every
page that goes on by itself is sent on by hand.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from sence_gate.protocol.glosa import Glosa
from sence_gate.simulator.registry import DEMO_KEY
from tests.browser import Browser, Page
from tests.journey.world import CAMPUS, RUNS, SENCE, World

LESSON = "/cursos/excel/leccion/2?vista=resumen"
OTHER_LESSON = "/cursos/seguridad/leccion/1?vista=completa"
QUIZ = "/cursos/excel/quiz"
RETRY = "Intentar otra vez"
ENTER = "Entrar al curso"
WRONG_KEY = "no-es-mi-clave"

_FOLDED = re.compile(r"<head>.*?</head>|<details>.*?</details>|<[^>]*>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Learner:
    """A person with a tab; `run` is whose key gets typed at SENCE."""

    world: World
    tab: Browser
    run: str

    @property
    def page(self) -> Page:
        """What the tab shows."""
        return self.tab.page

    def ask(self, path: str) -> Page:
        """Type an address of the campus."""
        return self.tab.goto(CAMPUS + path)

    def press_start(self) -> Page:
        """Press the button of the start page, with the RUN where it is asked for."""
        assert "/_sence/inicio?" in self.page.url, self.page.url
        asks = any(control.name == "run" for control in self.page.forms[0].controls)
        return self.tab.submit(run=self.run) if asks else self.tab.submit()

    def hand_over(self) -> Page:
        """Let the page of passage post to SENCE."""
        assert self.page.forms[0].action.startswith(SENCE), self.page.url
        return self.tab.submit()

    def type_key(self, key: str = DEMO_KEY, run: str = "") -> Page:
        """Type RUN and key at SENCE's login, which takes a person 20 seconds."""
        self.world.clock.move(seconds=20)
        return self.tab.submit(run=run or self.run, clave=key, accion="ingresar")

    def come_back(self) -> Page:
        """Let SENCE's page post its answer."""
        assert self.page.forms[0].action.startswith(CAMPUS), visible(self.page)
        return self.tab.submit()

    def go_to_sence(self, path: str = LESSON) -> Page:
        """Ask for a page of a course, and end at SENCE's login."""
        self.ask(path)
        self.press_start()
        return self.hand_over()

    def through_sence(self) -> Page:
        """From the start page to what the gate says after SENCE's answer."""
        self.press_start()
        self.hand_over()
        self.type_key()
        return self.come_back()

    def arrive(self) -> Page:
        """From the start page into the course."""
        self.through_sence()
        assert "/_sence/vuelta" in self.page.url, visible(self.page)
        return self.enter()

    def enter(self) -> Page:
        """Press on from the confirmation into the course."""
        return self.tab.follow(ENTER)

    def start(self, path: str = LESSON) -> Page:
        """Make the whole start, and end on the page that was asked for."""
        self.ask(path)
        return self.arrive()

    def go_to_close(self, course: str = "excel") -> Page:
        """Press the close button, and end at SENCE's login."""
        self.ask(f"/_sence/cierre?curso={course}")
        self.tab.submit()
        return self.hand_over()

    def close(self, course: str = "excel") -> Page:
        """Make the whole close."""
        self.go_to_close(course)
        self.type_key()
        return self.come_back()

    def answer_quiz(self) -> Page:
        """Send the right answers of the quiz that the tab shows."""
        return self.tab.submit(lambda form: form.action.endswith(QUIZ), p1="1", p2="1", p3="0", p4="2")

    def other_tab(self) -> Learner:
        """Open an empty tab of the same browser."""
        return replace(self, tab=self.tab.new_tab())

    def in_a_frame(self) -> Learner:
        """Show the page in a frame of another site: no Lax cookie goes in, nor out."""
        frame = replace(self, tab=self.world.browser())
        frame.tab.page = self.page
        return frame

    def sees(self, path: str = LESSON) -> bool:
        """Ask for *path* in another tab, and tell whether the campus shows it."""
        other = self.other_tab()
        return is_at(other.ask(path), path)


def learner(world: World, user: str = "maria") -> Learner:
    """Return a person with a browser, logged in at the campus."""
    who = Learner(world, world.browser(), RUNS[user])
    who.ask("/ingresar")
    who.tab.submit(usuario=user, clave=f"{user}-demo")
    return who


def is_at(page: Page, path: str) -> bool:
    """Tell whether *page* is the campus's own at *path*, with the bar."""
    is_there = (page.status, page.url) == (200, CAMPUS + path)
    return is_there and any("/_sence/banner.js" in script for script in page.scripts)


def visible(page: Page) -> str:
    """Return the words that the learner reads without unfolding anything."""
    return " ".join(html.unescape(_FOLDED.sub(" ", page.text)).split())


def tells(page: Page, glosa: Glosa) -> bool:
    """Tell whether *page* has the words for the learner, and the number folded away only."""
    words = visible(page)
    is_told = all(text in words for text in glosa.happened_and_advice)
    number = re.compile(rf"\b{glosa.code}\b")
    return is_told and not number.search(words) and bool(number.search(page.text))


def three_wrong_keys(who: Learner) -> None:
    """Type a wrong key until SENCE gives up (100)."""
    for _ in range(3):
        who.type_key(WRONG_KEY)


def too_slow(who: Learner) -> None:
    """Let the three minutes of the login pass (210)."""
    who.world.clock.move(minutes=4)
    who.tab.meta_refresh()


def somebody_else(who: Learner) -> None:
    """Log in with another person's RUN and key (311)."""
    who.type_key(run=RUNS["carla"])


def give_up(who: Learner) -> None:
    """Press cancel at the login (312)."""
    who.tab.submit(run="", clave="", accion="cancelar")


# What a learner gets wrong at SENCE's login, by the code that comes back.
SLIPS: dict[int, Callable[[Learner], None]] = {
    100: three_wrong_keys,
    210: too_slow,
    311: somebody_else,
    312: give_up,
}
