"""The documents say what is true: settings, examples, links and names of tests."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from sence_gate import __version__
from sence_gate.config import setting_names
from sence_gate.protocol.session import TRANSITIONS, Closed, CloseRefused, Started, StartRefused, TimedOut

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
README = (ROOT / "README.md").read_text(encoding="utf-8")
EVENTS = (Started, StartRefused, Closed, CloseRefused, TimedOut)


def _page(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_every_setting_is_documented_and_none_that_is_not_there() -> None:
    """docs/configuration.md lists each key once; a new one cannot be forgotten."""
    text = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    cells = (line.split("|")[1] for line in text.splitlines() if line.startswith("| `"))
    assert sorted(name for cell in cells for name in re.findall(r"`([^`]+)`", cell)) == sorted(
        setting_names()
    )


def test_the_readme_s_application_is_the_example_that_is_tested() -> None:
    """The ten lines are a file that tests/test_servers.py starts."""
    code = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert code
    assert code[1] == (ROOT / "examples/wsgi/campus.py").read_text(encoding="utf-8")


def test_the_readme_s_configuration_has_only_real_keys() -> None:
    """A key of the example that the gate does not know would stop a newcomer."""
    block = re.search(r"```toml\n(.*?)```", README, re.DOTALL)
    assert block
    data = tomllib.loads(block[1])
    courses = {f"courses[].{key}" for table in data.pop("courses") for key in table}
    otec = {f"otec.{key}" for key in data.pop("otec")}
    assert {*data, *courses, *otec} <= set(setting_names())


def _outline(text: str) -> dict[str, list[str]]:
    """Return what does not depend on the language: headings, code without comments, links, settings."""
    blocks = re.findall(r"```\w+\n.*?```", text, re.DOTALL)
    code = [re.sub(r" *#.*", "", block) for block in blocks]
    return {
        "headings": re.findall(r"^#+(?= )", text, re.MULTILINE),
        "code": code,
        "links": sorted(
            re.findall(r"(?:\]\(|src=\"|<)([\w./#:-]+)[)\">]", text.replace("README.es", "README"))
        ),
        "words": sorted(re.findall(r"`[^`\n]+`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))),
    }


def test_both_readmes_say_the_same() -> None:
    """Headings, commands, settings and links of one are those of the other; only the words differ."""
    spanish = (ROOT / "README.es.md").read_text(encoding="utf-8")
    assert _outline(spanish) == _outline(README)


def test_pages_are_called_what_learners_see() -> None:
    """An operator looks a page up by its heading."""
    text = (ROOT / "docs/deploy.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| \*([^*]+)\*", text.partition("what the learner sees")[2], re.MULTILINE)
    shown = "".join(path.read_text(encoding="utf-8") for path in ROOT.glob("sence_gate/templates/*.html"))
    assert named
    assert [name for name in named if name not in shown] == []


def test_nothing_is_installed_by_a_name_that_nobody_registered() -> None:
    """The package is on no index: who took its name there would be installed in its place."""
    places = [*PAGES, *ROOT.glob("examples/**/*.service"), *ROOT.glob("sence_gate/**/*.py")]
    text = "".join(path.read_text(encoding="utf-8") for path in places)
    told = re.findall(r"pip install (?:-\S+ )*(\S+)", text)
    assert len(told) > 6
    assert [what for what in told if not what.startswith("'.[")] == []


@pytest.mark.parametrize("path", PAGES, ids=_page)
def test_every_local_link_leads_somewhere(path: Path) -> None:
    """No reader ends at a file that was moved."""
    text = path.read_text(encoding="utf-8")
    links = [*re.findall(r"\]\((?!https?:)([^)#]+)\)", text), *re.findall(r'src="([^"]+)"', text)]
    # What begins with a slash is an address of the gate, in an example.
    local = (link for link in links if not link.startswith("/"))
    assert [link for link in local if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("path", PAGES, ids=_page)
def test_every_test_that_a_document_names_exists(path: Path) -> None:
    """A document that points at a proof points at one that is there."""
    named = re.findall(r"`(tests/[\w/]+(?:\.py|/))`", path.read_text(encoding="utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_documented_table_of_states_is_the_real_one() -> None:
    """docs/protocol.md draws TRANSITIONS; the two cannot drift apart."""
    text = (ROOT / "docs/protocol.md").read_text(encoding="utf-8")
    drawn = re.findall(r"^\| (pending|open|failed|expired|closed) \|(.+)\|$", text, re.MULTILINE)
    assert {state: [cell.strip() for cell in cells.split("|")] for state, cells in drawn} == {
        state.value: ["open" if event is Started else _cell(state.value, row.get(event)) for event in EVENTS]
        for state, row in TRANSITIONS.items()
    }


def _cell(state: str, after: str | None) -> str:
    if after is None:
        return "illegal"
    return "same" if after == state else after


def test_the_pages_of_the_troubles_are_called_so() -> None:
    """An operator looks up what a learner reads out."""
    guide = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    table = guide.partition("| what the learner sees |")[2]
    named = re.findall(r"^\| \*(.+?)\*", table, re.MULTILINE)
    templates = (ROOT / "sence_gate" / "templates").glob("*.html")
    pages = "".join(path.read_text(encoding="utf-8") for path in templates)
    assert len(named) > 3
    assert [title for title in named if title not in pages] == []


def test_the_version_stands_in_one_more_place_only() -> None:
    """The package and its metadata agree."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == __version__


def _tests() -> Iterator[tuple[str, ast.FunctionDef]]:
    for path in sorted((ROOT / "tests").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield _page(path), node


# Where a test may be skipped, and what is wanting there that no installation brings.
MAY_SKIP = {
    "tests/doors/servers.py": "Debian's mod_wsgi is for one Python, and reads this folder as another user",
    "tests/doors/test_page_first.py": "granian has no write()",
}


def test_no_test_is_skipped_for_want_of_a_program() -> None:
    """What is missing is a failure that says what to install: a hole would look green."""
    skips = re.compile(r"pytest\.(?:skip|importorskip|mark\.skip|mark\.xfail)|unittest\.skip")
    sources = (ROOT / "tests").rglob("*.py")
    found = {_page(path) for path in sources if path != Path(__file__) and skips.search(path.read_text())}
    assert found <= MAY_SKIP.keys()
    options = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]
    assert "-ra" in options["ini_options"]["addopts"]  # the few that may are told


def test_every_test_says_what_it_promises() -> None:
    """A failing test is read by somebody who did not write it."""
    silent = [f"{path}:{node.name}" for path, node in _tests() if not ast.get_docstring(node)]
    assert silent == []
