"""The operator's templates: one by one in the place of ours, and no fault of theirs reaches a learner."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest

from sence_gate.pages import ClosePage, FramePage, Page, Pages, override_faults
from sence_gate.pages.trials import trials

VERSIONS = {"pages.css": "c1", "pages.js": "j1"}
FRAME = FramePage(course_name="Excel", start_url="/inicio", incident="k7")
CLOSE = next(trials(ClosePage))
assert isinstance(CLOSE, ClosePage)


def written(folder: Path, **sources: str) -> Path:
    """Return *folder* with templates in it, by name."""
    for name, source in sources.items():
        (folder / f"{name}.html").write_text(source, encoding="utf-8")
    return folder


def render(page: Page, folder: Path | None = None) -> str:
    """Return *page* with the templates of *folder*."""
    return Pages("/_sence", versions=VERSIONS, folder=folder).render(page)


def test_a_template_takes_the_place_of_ours(tmp_path: Path) -> None:
    """The one that is named, and no other."""
    folder = written(tmp_path, frame="Hola <b>{{ course_name }}</b>")
    assert override_faults(folder) == []
    assert render(FRAME, folder) == "Hola <b>Excel</b>"
    assert render(CLOSE, folder) == render(CLOSE)


def test_one_text_can_be_changed_alone(tmp_path: Path) -> None:
    """A block of ours is replaced, and the rest of the page stays ours."""
    source = '{% extends "sence_gate/close.html" %}{% block what %}<p>Guarda tu trabajo.</p>{% endblock %}'
    folder = written(tmp_path, close=source)
    assert override_faults(folder) == []
    assert "<p>Guarda tu trabajo.</p>" in render(CLOSE, folder)
    assert render(CLOSE, folder).count("<form") == render(CLOSE).count("<form") == 1


def test_the_frame_of_all_pages_can_be_changed(tmp_path: Path) -> None:
    """What stands in `_base.html` is on every page, also on those that stayed ours."""
    source = '{% extends "sence_gate/_base.html" %}{% block help %}<p>Pregunta a Ana.</p>{% endblock %}'
    folder = written(
        tmp_path,
        _base=source.replace("{% block help", "{% block body_class %} class=x{% endblock %}{% block help"),
    )
    assert override_faults(folder) == []
    assert "<body class=x>" in render(CLOSE, folder)


BROKEN = {
    "syntax": ("frame", "uno\n{% if %}", "line 2: "),
    "a misspelt name": (
        "frame",
        "\n\n{{ course_nam }}",
        "line 3: this page has no course_nam — did you mean course_name?",
    ),
    "a strange name": ("frame", "{{ zzzz }}", "line 1: this page has no zzzz — it has: course_name, "),
    "a strange filter": ("frame", "{{ course_name|upperr }}", "line 1: No filter named 'upperr'"),
    "a value that is not there": ("frame", "\n{{ course_name.x }}", "line 2: "),
    "fails with an empty text only": ("frame", "\n{{ 1 // (course_name|length) }}", "line 2: "),
    "fails in one state only": (
        "start",
        "{% if ask_run %}\n{{ 1 / 0 }}{% endif %}",
        "line 2: division by zero",
    ),
    "a part that is not there": ("frame", '{% include "_pie.html" %}', "line 1: "),
    "extends what is not there": ("frame", '{% extends "sence_gate/nada.html" %}', "line 1: "),
    "in the frame of all": ("_base", "\n{{ nada }}", "line 2: "),
}
MISNAMED = [
    pytest.param("strat", "did you mean start.html?", id="a misspelt file"),
    pytest.param("xyzzy", "a part of your own begins with _", id="a part"),
]


@pytest.mark.parametrize(("name", "source", "told"), BROKEN.values(), ids=BROKEN)
def test_a_broken_template_is_found_at_start(tmp_path: Path, name: str, source: str, told: str) -> None:
    """With file and line, and what to do; and the gate does not start."""
    faults = override_faults(written(tmp_path, **{name: source}))
    assert [fault for fault in faults if fault.startswith(f"{name}.html, {told}")], faults


@pytest.mark.parametrize(("name", "told"), MISNAMED)
def test_a_file_that_would_do_nothing_is_told(tmp_path: Path, name: str, told: str) -> None:
    """Nobody looks for an hour for why a page does not change."""
    faults = override_faults(written(tmp_path, **{name: "x"}))
    assert faults == [f"{name}.html is the template of no page — {told}"]


def test_every_broken_template_is_told_at_once(tmp_path: Path) -> None:
    """Nobody starts the gate once per fault."""
    faults = override_faults(written(tmp_path, frame="{% if %}", close="{{ nada }}", closed="{{ nada }}"))
    assert [fault.partition(",")[0] for fault in faults] == ["close.html", "closed.html", "frame.html"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(b"a\nb\xf1o", "frame.html, line 2: is not UTF-8", id="latin-1"),
        pytest.param(b"", "", id="empty"),
    ],
)
def test_any_bytes_can_stand_in_a_template(tmp_path: Path, content: bytes, told: str) -> None:
    """An editor's encoding is a fault of the file, not of the gate."""
    (tmp_path / "frame.html").write_bytes(content)
    assert "".join(override_faults(tmp_path)).startswith(told)


def test_a_folder_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    """A name that was misspelt would leave ours in force without a word."""
    assert "cannot be read" in override_faults(tmp_path / "nada")[0]


def test_a_template_that_fails_later_leaves_the_page_to_ours(tmp_path: Path) -> None:
    """What no trial showed is no 500 either: the learner gets our page."""
    folder = written(tmp_path, frame='{% if course_name == "Excel" %}{{ 1 / 0 }}{% endif %}')
    assert override_faults(folder) == []
    assert render(FRAME, folder) == render(FRAME)


def test_a_folder_may_hold_other_things(tmp_path: Path) -> None:
    """A read-me that begins with a dot or a folder disturbs nobody."""
    (tmp_path / ".notas").write_text("x")
    (tmp_path / "viejas").mkdir()
    assert override_faults(tmp_path) == []


@pytest.mark.parametrize("kind", get_args(Page))
def test_ours_pass_the_same_trial(kind: type[Page]) -> None:
    """The trial refuses nothing that is right, and shows each page in all its states."""
    rendered = {render_ours(page) for page in trials(kind)}
    assert all(rendered)


_OURS = Pages("/_sence", versions=VERSIONS)


def render_ours(page: Page) -> str:
    """Return *page* with our own templates."""
    return _OURS.render(page)


def test_the_documented_table_is_the_real_one() -> None:
    """docs/pages.md lists each template and its values; whoever writes one finds them there."""
    text = (Path(__file__).parents[2] / "docs/pages.md").read_text(encoding="utf-8")
    rows = [line.split("|") for line in text.splitlines() if line.startswith("| `")]
    told = {row[1].strip(" `"): [each.strip(" `") for each in row[3].split(",")] for row in rows}
    assert told == {kind.template: [each.name for each in fields(kind)] for kind in get_args(Page)}
