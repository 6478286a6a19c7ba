"""A world whose campus is the stand-in of Moodle, and a learner who is logged in there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from tests.journey.trip import Learner
from tests.journey.world import RUNS, MakeWorld, World
from tests.moodle import EXCEL, SEGURIDAD, Moodle

BODY_CLASS = r'class="[^"]*\bcourse-(?P<key>\d+)\b'
EDITION = "clave-unica"
LESSONS = {"paths": ["/mod/", "/pluginfile.php/"]}
BY_PAGE = {"paths": ["/mod/", "/pluginfile.php/"], "page": BODY_CLASS}


def moodle_world(make_world: MakeWorld, moodle: Moodle, *shared: dict[str, Any], **changes: Any) -> World:
    """Return a world with the courses 5 and 7 of *moodle*, and the rules *shared*."""
    return make_world(
        EDITION,
        inside=lambda _campus: moodle,
        excel=_course(EXCEL) | changes.pop("excel", {}),
        seguridad=_course(SEGURIDAD),
        shared=list(shared),
        **changes,
    )


def recipe() -> dict[str, Any]:
    """Return the tables that docs/deploy.md gives for Moodle."""
    deploy = Path(__file__).parent.parent.parent / "docs/deploy.md"
    block = re.search(r"```toml\n(.*?)```", deploy.read_text("utf-8").partition("### Moodle")[2], re.DOTALL)
    assert block
    return tomllib.loads(block[1])


def _course(number: str) -> dict[str, Any]:
    also = [{"paths": ["/mod/forum/index.php"], "query": {"id": number}}]
    return {"paths": ["/course/view.php"], "query": {"id": number}, "except": [], "key": number, "also": also}


def moodler(world: World, user: str = "maria") -> Learner:
    """Return a person with a browser, logged in at Moodle."""
    who = Learner(world, world.browser(), RUNS[user])
    who.ask("/login/index.php")
    who.tab.submit(username=user, password="x")
    return who
