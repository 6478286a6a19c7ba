"""The recipe for Moodle in docs/deploy.md, as it stands there, against Moodle's addresses."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest

from sence_gate.check import Level, check
from sence_gate.config import Config, load_config
from sence_gate.courses import Course, CourseRules
from sence_gate.paths import Target
from sence_gate.tags import Keys, TagReader
from tests.config.given import course, settings
from tests.journey.campus_moodle import recipe as tables


@lru_cache
def recipe() -> Config:
    """Return the settings of the recipe, with what it leaves out, for its course and another."""
    data = tables()
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
        ("/pluginfile.php?file=/153/mod_resource/content/1/file.pdf", "any"),
        ("/pluginfile.php/1/core_admin/logo/0/logo.png", "free"),
        ("/pluginfile.php/1/theme_boost/loginbackgroundimage/1715008000/fondo.jpg", "free"),
        ("/pluginfile.php/23/user/icon/boost/f1", "free"),
        ("/pluginfile.php/153/course/overviewfiles/portada.jpg", "free"),
        ("/pluginfile.php/1/core_h5p/content/12/images/foto.jpg", "any"),
        ("/pluginfile.php/1/?file=/153/mod_resource/content/1/file.pdf", "any"),
        ("/pluginfile.php/1/core_admin?file=/153/mod_resource/content/1/file.pdf", "any"),
        ("/pluginfile.php/1/core_admin/logo/../../core_h5p/content/12/images/foto.jpg", "any"),
        ("/pluginfile.php/153/mod_page/user/icon/f1", "any"),
        ("/file.php/5/apuntes.pdf", "any"),
        ("/h5p/embed.php?url=/pluginfile.php/153/mod_h5pactivity/package/0/a.h5p", "any"),
        ("/search/index.php?q=tablas", "any"),
        ("/mod/scorm/loadSCO.php?a=3&scoid=9", "page"),
        ("/r.php/course/cms/123/next", "page"),
        ("/r.php/api/rest/v2/core_user/current/preferences", "free"),
        ("/mod/lti/services.php/5/lineitems", "free"),
        ("/mod/lti/launch.php?id=123", "page"),
        ("/user/policy.php", "free"),
        ("/user/view.php?id=2&course=5", "page"),
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


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(
            b'<body  id="page-mod-quiz-view" class="path-mod course-5 context-9 cmid-123">',
            ("5",),
            id="a lesson",
        ),
        pytest.param(b'<body id="page-site-index" class="pagelayout-frontpage course-1">', ("1",), id="site"),
        pytest.param(b'<body class="course-7">', ("7",), id="nothing else"),
        pytest.param(
            b'<body class="lang-es course-7-otec-cl pagelayout-course course-5 context-9">',
            ("5",),
            id="a host like a course",
        ),
        pytest.param(b'<body onload="doredirect();">', (), id="no header of Moodle's"),
        pytest.param(b'<meta name="keywords" content="course-7"><body>', (), id="a course's short name"),
    ],
)
def test_the_recipe_reads_moodle_s_body(body: bytes, expected: Keys) -> None:
    """The pattern as it stands in the document, backslashes and all."""
    page = recipe().shared[0].page
    assert page
    assert TagReader(page).feed(b"<!DOCTYPE html>\n<html><head></head>\n" + body) == expected


def test_the_check_has_nothing_to_say_about_the_recipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No rule hides another, and every course has its key."""
    monkeypatch.chdir(tmp_path)
    findings = [each for each in check(recipe()) if each.level is not Level.OK]
    assert [each.path for each in findings if each.path.startswith(("courses", "shared"))] == []
