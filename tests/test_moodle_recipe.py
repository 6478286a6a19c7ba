"""The recipe for Moodle in docs/deploy.md, as it stands there, against Moodle's addresses."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path

import pytest

from sence_gate.check import Level, check
from sence_gate.config import Config, load_config
from sence_gate.courses import Course, CourseRules
from sence_gate.paths import Target
from tests.config.given import course, settings

DEPLOY = Path(__file__).parent.parent / "docs/deploy.md"


@lru_cache
def recipe() -> Config:
    """Return the settings of the recipe, with what it leaves out, for its course and another."""
    text = DEPLOY.read_text(encoding="utf-8").partition("### Moodle")[2]
    block = re.search(r"```toml\n(.*?)```", text, re.DOTALL)
    assert block
    data = tomllib.loads(block[1])
    excel = course() | data["courses"][0]
    other = course(id="word", key="7", paths=["/course/view.php"], query={"id": "7"})
    return load_config(settings(courses=[excel, other], shared=data["shared"]), {})


def outcome(url: str) -> str:
    """Return the course that guards *url*, "page", "any", or "free"."""
    config = recipe()
    found = CourseRules(config.courses, config.mount, config.shared).match(Target.from_url(url))
    if isinstance(found, Course):
        return found.id
    return "free" if found is None else "page" if found.page else "any"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/course/view.php?id=5", "excel"),
        ("/course/view.php?id=7", "page"),
        ("/course/view.php?id=9", "page"),
        ("/course/view.php?name=EXCEL-24", "page"),
        ("/course/view.php?idnumber=5123456", "page"),
        ("/course/view.php?id=7&name=EXCEL-24", "page"),
        ("/course/section.php?id=31", "page"),
        ("/mod/quiz/view.php?id=123", "page"),
        ("/mod/quiz/attempt.php?attempt=41&cmid=123", "page"),
        ("/mod/forum/index.php?id=5", "page"),
        ("/grade/report/user/index.php?id=5", "page"),
        ("/report/outline/user.php?id=2&course=5", "page"),
        ("/user/index.php?id=5", "page"),
        ("/pluginfile.php/153/mod_resource/content/1/file.pdf", "any"),
        ("/tokenpluginfile.php/0a1b/153/mod_resource/content/1/file.pdf", "any"),
        ("/webservice/pluginfile.php/153/x.pdf?token=0a1b", "any"),
        ("/webservice/rest/server.php?wsfunction=core_course_get_contents", "any"),
        ("/calendar/export_execute.php?userid=2&authtoken=0a1b", "any"),
        ("/rss/file.php/153/0a1b/mod_forum/1/rss.xml", "any"),
        ("/pluginfile.php/1/core_admin/logo/0/logo.png", "free"),
        ("/lib/ajax/service.php?sesskey=Zk3wQ1&info=core_course_get_enrolled_courses", "free"),
        ("/login/index.php", "free"),
        ("/login/logout.php?sesskey=Zk3wQ1", "free"),
        ("/my/", "free"),
        ("/user/profile.php?id=2", "free"),
        ("/course/index.php", "free"),
        ("/theme/styles.php/boost/1715008000/all", "free"),
        ("/enrol/index.php?id=5", "free"),
    ],
)
def test_each_address_of_the_table_is_decided_as_it_says(url: str, expected: str) -> None:
    """An operator who copies the recipe gets what the table promises."""
    assert outcome(url) == expected


def test_the_recipe_reads_moodle_s_body() -> None:
    """The pattern as it stands in the document, backslashes and all."""
    page = recipe().shared[0].page
    assert page
    found = page.search(
        b'<body  id="page-mod-quiz-view" class="path-mod path-mod-quiz course-5 context-9 cmid-123">'
    )
    assert found
    assert found["key"] == b"5"


def test_the_check_has_nothing_to_say_about_the_recipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No rule hides another, and every course has its key."""
    monkeypatch.chdir(tmp_path)
    findings = [each for each in check(recipe()) if each.level is not Level.OK]
    assert [each.path for each in findings if each.path.startswith(("courses", "shared"))] == []
