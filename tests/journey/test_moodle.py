"""Whole trips over Moodle's addresses, where lessons and files do not name their course."""

from __future__ import annotations

import json

import pytest

from tests.journey.campus_moodle import BY_PAGE, LESSONS, moodle_world, moodler, recipe
from tests.journey.trip import Learner, is_at, visible
from tests.journey.world import CAMPUS, MakeWorld, World
from tests.moodle import (
    ATTEMPT,
    CARD,
    FILE,
    FREE_QUIZ,
    H5P_FILE,
    LOGO,
    OTHER_FILE,
    OTHER_QUIZ,
    PROCESS,
    QUIZ,
    SCO,
    VIEW,
    Moodle,
)

RULES = [pytest.param(LESSONS, id="any course"), pytest.param(BY_PAGE, id="by page")]


def is_shown(who: Learner, path: str) -> bool:
    """Tell whether the platform's own answer at *path* reaches the learner."""
    return who.other_tab().ask(path).url == CAMPUS + path


def bar(who: Learner, path: str, course: str = "") -> dict[str, object]:
    """Return what the bar of the page at *path* is told, when the page names *course*."""
    answer: dict[str, object] = json.loads(
        who.tab.fetch(f"/_sence/estado?url={path.replace('&', '%26')}&curso={course}").body
    )
    return answer


def choose(who: Learner, course: str) -> None:
    """Press the button of a course on the page that asks for it."""
    who.tab.submit(curso=course)


@pytest.fixture(name="moodle")
def plain_moodle() -> Moodle:
    """Return a platform."""
    return Moodle()


@pytest.fixture(name="by_page")
def world_by_page(make_world: MakeWorld, moodle: Moodle) -> World:
    """Return a world whose gate reads the course from the page."""
    return moodle_world(make_world, moodle, BY_PAGE)


@pytest.fixture(name="by_any")
def world_by_any(make_world: MakeWorld, moodle: Moodle) -> World:
    """Return a world whose gate admits with any of the courses."""
    return moodle_world(make_world, moodle, LESSONS)


def test_a_lesson_leads_to_the_start_of_its_own_course_and_back(by_page: World) -> None:
    """The page said which course it is of; the learner never saw it before the session."""
    maria = moodler(by_page)
    page = maria.ask(OTHER_QUIZ)
    assert "curso=seguridad" in page.url
    assert "Pregunta secreta" not in page.text

    assert is_at(maria.arrive(), OTHER_QUIZ)
    assert "Pregunta secreta 231" in maria.page.text


def test_a_session_in_one_course_opens_no_lesson_of_another(by_page: World) -> None:
    """Two courses, one session: the page has the word (K16)."""
    maria = moodler(by_page)
    maria.start(VIEW)

    assert (is_shown(maria, QUIZ), is_shown(maria, ATTEMPT)) == (True, True)
    assert "curso=seguridad" in maria.ask(OTHER_QUIZ).url


def test_two_courses_are_open_and_one_is_closed(by_page: World) -> None:
    """Each lesson follows the session of its own course."""
    maria = moodler(by_page)
    maria.start(QUIZ)
    maria.start(OTHER_QUIZ)
    assert (is_shown(maria, QUIZ), is_shown(maria, OTHER_QUIZ)) == (True, True)

    maria.close("excel")

    assert (is_shown(maria, QUIZ), is_shown(maria, OTHER_QUIZ)) == (False, True)


@pytest.mark.parametrize("rule", RULES)
def test_the_close_of_the_only_course_shuts_lessons_and_files(
    make_world: MakeWorld, moodle: Moodle, rule: dict[str, object]
) -> None:
    """After the close nothing below the shared paths is shown any more."""
    maria = moodler(moodle_world(make_world, moodle, rule))
    maria.start(VIEW)
    assert (is_shown(maria, QUIZ), is_shown(maria, FILE)) == (True, True)
    maria.close("excel")
    assert (is_shown(maria, QUIZ), is_shown(maria, FILE)) == (False, False)


def test_a_course_that_nobody_registered_stays_free(by_page: World) -> None:
    """A page that names a course without attendance passes as it is, without a bar."""
    maria = moodler(by_page)
    page = maria.ask(FREE_QUIZ)
    assert "Pregunta secreta 301" in page.text
    assert not any("/_sence/" in script for script in page.scripts)


def test_files_follow_the_first_rule(by_page: World) -> None:
    """A PDF names no course: an open session in any of them admits."""
    maria = moodler(by_page)
    assert "/_sence/inicio" in maria.ask(OTHER_FILE).url
    maria.start(VIEW)
    assert maria.ask(OTHER_FILE).response.body.startswith(b"%PDF-1.7 7")


def test_without_a_session_the_learner_chooses_the_course(by_any: World, moodle: Moodle) -> None:
    """The address could be of two courses; the chosen one's start leads to the page that was wanted."""
    maria = moodler(by_any)
    before = len(moodle.calls)
    page = maria.ask(OTHER_QUIZ)
    assert "¿En qué curso vas a estudiar?" in visible(page)
    assert len(moodle.calls) == before

    choose(maria, "seguridad")
    assert is_at(maria.arrive(), OTHER_QUIZ)


def test_who_can_mean_one_course_only_is_not_asked(make_world: MakeWorld, moodle: Moodle) -> None:
    """A rule of one course goes straight to its start."""
    maria = moodler(moodle_world(make_world, moodle, LESSONS | {"courses": ["excel"]}))
    assert "curso=excel" in maria.ask(QUIZ).url


def test_any_of_the_courses_admits(by_any: World) -> None:
    """Without `page` the gate cannot know more, and says so in the documentation."""
    maria = moodler(by_any)
    maria.start(VIEW)
    assert (is_shown(maria, QUIZ), is_shown(maria, OTHER_QUIZ)) == (True, True)


def test_a_learner_without_login_is_shown_the_platform_s_own(by_page: World) -> None:
    """The redirect to the login passes, and not the page that PHP prints behind it."""
    maria = Learner(by_page, by_page.browser(), "11111111-1")
    page = maria.ask(QUIZ)
    assert page.url == f"{CAMPUS}/login/index.php"
    redirects = [answer for _, answer in by_page.transport.calls if answer.status == 303]
    assert [answer.body for answer in redirects] == [b""]

    maria.tab.submit(username="maria", password="x")
    assert "curso=excel" in maria.page.url
    assert is_at(maria.arrive(), QUIZ)


def test_an_answer_survives_the_end_of_the_session(by_page: World, moodle: Moodle) -> None:
    """A form goes by the first rule; without a session it stays in the tab and can be sent again."""
    maria = moodler(by_page)
    maria.start(ATTEMPT)
    maria.other_tab().close("excel")

    page = maria.tab.submit(respuesta="42")
    assert (page.status, moodle.saved) == (403, [])
    maria.other_tab().start(QUIZ)
    maria.tab.reload()
    assert moodle.saved == [("123", "42")]


def test_an_answer_is_sent_with_a_session(by_page: World, moodle: Moodle) -> None:
    """POST is never asked first: what the platform did cannot be undone."""
    maria = moodler(by_page)
    maria.start(ATTEMPT)
    maria.tab.submit(respuesta="42")
    assert moodle.saved == [("123", "42")]
    assert maria.page.url == CAMPUS + QUIZ
    assert f"POST {PROCESS}" in moodle.calls


def test_the_bar_names_the_course_of_the_page(by_page: World) -> None:
    """Two tabs of two courses do not mix: the page told its own script."""
    maria = moodler(by_page)
    maria.start(QUIZ)
    assert 'data-course="excel"' in maria.page.text
    maria.start(OTHER_QUIZ)
    assert 'data-course="seguridad"' in maria.page.text

    assert bar(maria, QUIZ, "excel")["name"] == "Excel básico"
    assert bar(maria, OTHER_QUIZ, "seguridad")["name"] == "Seguridad en el trabajo"


def test_the_bar_claims_no_course_where_it_cannot_know(by_any: World) -> None:
    """With one session it is that; with two it names both and leads to their list."""
    maria = moodler(by_any)
    maria.start(VIEW)
    assert bar(maria, QUIZ)["course"] == "excel"
    maria.start("/course/view.php?id=7")
    told = bar(maria, QUIZ)
    assert (told["name"], told["close_url"]) == ("Excel básico · Seguridad en el trabajo", "/_sence/")
    assert bar(maria, VIEW)["course"] == "excel"


def test_a_page_cannot_make_the_bar_speak_of_any_course(by_page: World) -> None:
    """What the page names counts for display alone, and only where the address allows it."""
    maria = moodler(by_page)
    maria.start(QUIZ)
    assert bar(maria, QUIZ, "otro")["course"] == "excel"
    assert bar(maria, VIEW, "seguridad")["course"] == "excel"
    assert bar(maria, "/", "excel") == {"state": "none"}


def test_a_list_of_one_course_is_that_course_s(by_any: World) -> None:
    """`also`: further places with a query of their own come before what is shared."""
    maria = moodler(by_any)
    assert "curso=seguridad" in maria.ask("/mod/forum/index.php?id=7").url
    maria.arrive()
    assert "curso=excel" in maria.ask("/mod/forum/index.php?id=5").url
    assert "Foros" in maria.ask("/mod/forum/index.php?id=9").text  # by the shared rule, which 7 admits


@pytest.mark.parametrize(
    "title",
    [
        pytest.param('x" class="course-7', id="a title"),
        pytest.param("</title><!-- ", id="a comment that never ends"),
        pytest.param('<body class="course-7">', id="a body in the title"),
    ],
)
def test_what_learners_write_into_the_head_does_not_choose(
    make_world: MakeWorld, moodle: Moodle, title: str
) -> None:
    """A platform that does not even escape titles is still read by its own `<body>` tag."""
    maria = moodler(moodle_world(make_world, moodle, BY_PAGE))
    maria.start("/course/view.php?id=7")
    moodle.title = title
    assert "Pregunta secreta" not in maria.ask(QUIZ).text
    assert "curso=excel" in maria.page.url


@pytest.mark.parametrize(
    ("path", "is_free"),
    [
        (LOGO, True),
        (CARD, True),
        (FREE_QUIZ, True),
        (QUIZ, False),
        (SCO, False),
        (FILE, False),
        (H5P_FILE, False),
        ("/pluginfile.php?file=/153/mod_resource/content/1/file.pdf", False),
        ("/pluginfile.php/1/core_admin?file=/153/mod_resource/content/1/file.pdf", False),
        ("/pluginfile.php/1/?file=/153/mod_resource/content/1/file.pdf", False),
    ],
)
def test_g1_the_recipe_leaves_the_dashboard_its_pictures_and_shows_no_lesson(
    make_world: MakeWorld, moodle: Moodle, path: str, is_free: bool
) -> None:
    """As docs/deploy.md has it; with a session all of them come."""
    maria = moodler(moodle_world(make_world, moodle, *recipe()["shared"]))
    assert is_shown(maria, path) is is_free
    maria.start(VIEW)
    assert is_shown(maria, path)
