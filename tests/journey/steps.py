"""What can happen to a learner with two tabs, each as a value: one of them is a step of the machine.

They are values and not rules, because Hypothesis leaves out half of a machine's rules in
every example, and without a start nothing else means anything.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

from hypothesis import strategies as st

from sence_gate.simulator.behaviour import Behaviour
from tests.browser import Page
from tests.journey.trip import ENTER, LESSON, OTHER_LESSON, RETRY, WRONG_KEY, Learner
from tests.journey.world import CAMPUS, SENCE, World

ENTRANCES = {
    LESSON: 5,
    OTHER_LESSON: 5,
    "/_sence/cierre?curso=excel": 4,
    "/_sence/cierre?curso=seguridad": 4,
}


@dataclass
class Cast:
    """Everybody and everything: two tabs of a learner, a stranger, and what SENCE ever answered."""

    world: World
    tabs: tuple[Learner, Learner]
    stranger: Learner
    answers: list[Page] = field(default_factory=list)


@dataclass(frozen=True)
class Walk:
    """Type an address and press on; *missing* presses are left out at the end."""

    tab: int
    path: str
    missing: int

    def happens(self, cast: Cast) -> None:
        """Walk."""
        cast.tabs[self.tab].ask(self.path)
        for _ in range(ENTRANCES[self.path] - self.missing):
            press(cast, cast.tabs[self.tab])


@dataclass(frozen=True)
class Together:
    """Go to SENCE's login for one lesson in both tabs, then press on: two sessions of one attempt."""

    path: str
    presses: int

    def happens(self, cast: Cast) -> None:
        """Walk twice."""
        for tab, _ in enumerate(cast.tabs):
            Walk(tab, self.path, missing=3).happens(cast)
        for who in cast.tabs:
            for _ in range(self.presses):
                press(cast, who)


@dataclass(frozen=True)
class Turn:
    """Press the button of the page, F5 or back, some times in a row."""

    tab: int
    ways: tuple[str, ...]

    def happens(self, cast: Cast) -> None:
        """Turn."""
        who = cast.tabs[self.tab]
        with suppress(LookupError):  # nothing to reload, or the first page
            for way in self.ways:
                match way:
                    case "reload":
                        who.tab.reload()
                    case "back":
                        who.tab.back()
                    case _:
                        press(cast, who)


@dataclass(frozen=True)
class Mistype:
    """Type a wrong key, wherever a key is asked for."""

    tries: int

    def happens(self, cast: Cast) -> None:
        """Mistype."""
        for who in cast.tabs:
            for _ in range(self.tries):
                if asks_for_key(who.page):
                    who.type_key(WRONG_KEY)


@dataclass(frozen=True)
class Wait:
    """Do nothing."""

    minutes: int

    def happens(self, cast: Cast) -> None:
        """Wait."""
        cast.world.clock.move(minutes=self.minutes)


@dataclass(frozen=True)
class Bring:
    """Send an answer of SENCE's again, however old; the third who can do so is the stranger."""

    who: int
    age: int

    def happens(self, cast: Cast) -> None:
        """Bring."""
        if cast.answers:
            who = (*cast.tabs, cast.stranger)[self.who]
            who.tab.page = cast.answers[-1 - self.age % len(cast.answers)]
            who.come_back()


@dataclass(frozen=True)
class Disturb:
    """Let SENCE answer the next form in its own way, or start the gates again."""

    behaviour: Behaviour | None

    def happens(self, cast: Cast) -> None:
        """Disturb."""
        cast.world.simulator.clear_scripts()
        if self.behaviour:
            cast.world.simulator.queue(self.behaviour)
        else:
            cast.world.restart()


Step = Walk | Together | Turn | Mistype | Wait | Bring | Disturb

_tabs = st.integers(0, 1)
_ways = st.lists(st.sampled_from(["on", "on", "reload", "back"]), min_size=1, max_size=4)
_behaviours = st.sampled_from(
    [
        None,
        Behaviour(codes=(300,)),
        Behaviour(codes=(211, 204)),
        Behaviour(codes=(301,)),
        Behaviour(never=True),
        Behaviour(close_echoes_id=True),
        Behaviour(blank_after_field_names=True),
        Behaviour(extra_fields=(("RunAlumno", "12345678-5"),)),
    ]
)
_walks = st.builds(Walk, _tabs, st.sampled_from(list(ENTRANCES)), st.sampled_from([0, 0, 0, 1, 2, 3]))
_turns = st.builds(Turn, _tabs, _ways.map(tuple))
_waits = st.builds(Wait, st.sampled_from([1, 5, 16, 50, 61, 70, 130, 185]))
_brings = st.builds(Bring, st.integers(0, 2), st.integers(0, 9))
_rare = (
    st.builds(Together, st.sampled_from([LESSON, OTHER_LESSON]), st.integers(0, 3)),
    st.builds(Mistype, st.integers(1, 3)),
    st.builds(Disturb, _behaviours),
)
# Most steps walk: what else there is needs something that has begun.
steps: st.SearchStrategy[Step] = st.one_of(
    *[_walks] * 7, *[_turns] * 2, *[_brings] * 2, *[_waits] * 2, *_rare
)


def asks_for_key(page: Page) -> bool:
    """Tell whether *page* is SENCE's login."""
    controls = (control for form in page.forms for control in form.controls)
    return page.url.startswith(SENCE) and any(control.name == "clave" for control in controls)


def press(cast: Cast, who: Learner) -> None:
    """Press what a learner would press on the page."""
    page = who.page
    target = page.forms[0].action if page.forms else ""
    if asks_for_key(page):
        who.type_key()
    elif page.url.startswith(SENCE) and target.startswith(CAMPUS):
        cast.answers.append(page)
        who.come_back()
    elif any(link.text == ENTER for link in page.links):
        who.enter()
    elif "/_sence/inicio?" in page.url:
        who.press_start()
    elif target.startswith(SENCE) or target.endswith("/_sence/cierre"):
        who.tab.submit()
    elif page.refresh:
        who.tab.meta_refresh()
    elif any(link.text == RETRY for link in page.links):
        who.tab.follow(RETRY)
    elif "/leccion/" in page.url:
        who.tab.submit(lambda form: "/leccion/" in form.action)
