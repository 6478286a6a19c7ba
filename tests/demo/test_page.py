"""What a reader finds in an answer, and what a form sends."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sence_gate.demo.forms import Form, Value
from sence_gate.demo.page import Page, blank, read_page
from sence_gate.demo.transport import Response

HERE = "http://localhost:8000/cursos/excel/?x=1#parte"


def page_of(body: str, *headers: tuple[str, str]) -> Page:
    """Return the page of an HTML answer."""
    kind = ("Content-Type", "text/html; charset=utf-8")
    return read_page(HERE, Response(200, (kind, *headers), body.encode()))


def form_of(inside: str, attributes: str = 'method="post" action="quiz"') -> Form:
    """Return the first form of a page with the given fields."""
    return page_of(f"<form {attributes}>{inside}</form>").forms[0]


def sent(inside: str, **values: Value) -> list[tuple[str, str]]:
    """Return the fields that a form sends."""
    return parse_qsl(form_of(inside).submission(values).body.decode(), keep_blank_values=True)


def test_title_links_and_scripts() -> None:
    """Addresses are absolute, texts have single blanks, entities are read."""
    head = "<title> Uno &amp;\n dos </title><script src=/s.js></script><script>1</script>"
    page = page_of(f"{head}<a rel=Prev href='a?b=1&amp;c=2'>x  <b>y</b></a><a name=z>z</a>")

    assert (page.title, page.scripts) == ("Uno & dos", ("http://localhost:8000/s.js",))
    assert [(link.url, link.text, link.rel) for link in page.links] == [
        ("http://localhost:8000/cursos/excel/a?b=1&c=2", "x y", "prev")
    ]


def test_base() -> None:
    """A base element moves links and actions, not the action that is left out."""
    page = page_of("<base href=/otra/><a href=x>x</a><form action=y></form><form></form>")

    assert page.links[0].url == "http://localhost:8000/otra/x"
    assert [form.action for form in page.forms] == ["http://localhost:8000/otra/y", HERE.partition("#")[0]]


def test_what_is_not_html_has_no_links() -> None:
    """Only HTML is read; any text can be asked for."""
    page = read_page(HERE, Response(200, (("Content-Type", "text/plain"),), b"<a href=x>x</a>"))

    assert (page.links, page.text) == ((), "<a href=x>x</a>")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param("0;url=/x", (0.0, "http://localhost:8000/x"), id="usual"),
        pytest.param("2.5 ; URL = '/x y'", (2.5, "http://localhost:8000/x%20y"), id="quoted"),
        pytest.param("3, x", (3.0, "http://localhost:8000/cursos/excel/x"), id="comma, no url="),
        pytest.param("30", None, id="the same page again"),
        pytest.param("pronto", None, id="no number"),
    ],
)
def test_refresh(content: str, expected: tuple[float, str] | None) -> None:
    """Where a page leads by itself, said in the page or in a header."""
    assert page_of(f'<meta http-equiv="Refresh" content="{content}">').refresh == expected
    assert page_of("", ("Refresh", content)).refresh == expected


@pytest.mark.parametrize(
    ("body", "headers", "policy"),
    [
        pytest.param("", (), "strict-origin-when-cross-origin", id="nothing said"),
        pytest.param("", (("Referrer-Policy", "same-origin"),), "same-origin", id="header"),
        pytest.param("<meta name=referrer content=origin>", (("Referrer-Policy", "x"),), "origin", id="page"),
    ],
)
def test_policy(body: str, headers: tuple[tuple[str, str], ...], policy: str) -> None:
    """The page's own word about referrers beats the header's."""
    assert page_of(body, *headers).policy == policy


def test_blank() -> None:
    """A page that was never answered has status 0 and no text."""
    assert (blank().status, blank().text, blank().headers, blank().url) == (0, "", (), "about:blank")


# Forms


def test_untouched_fields() -> None:
    """A form sends what stands in it, in the order of the page; disabled, unnamed and silent fields not."""
    inside = """<input name=a value=1><input type=hidden name=b value="&lt;2&gt;"><input value=x>
        <input name=c value=3 disabled><input type=reset name=d value=4><input type=file name=e>
        <textarea name=f>
 5 </textarea><button type=button name=g value=6>x</button><input type=checkbox name=h checked>"""

    assert sent(inside) == [("a", "1"), ("b", "<2>"), ("f", " 5 "), ("h", "on")]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param({}, [("r", "2"), ("c", "x")], id="untouched"),
        pytest.param({"r": "1"}, [("r", "1"), ("c", "x")], id="another radio"),
        pytest.param({"c": False}, [("r", "2")], id="unchecked"),
        pytest.param({"c": True}, [("r", "2"), ("c", "x"), ("c", "y")], id="all checked"),
        pytest.param({"c": "y"}, [("r", "2"), ("c", "y")], id="one of them"),
        pytest.param({"c": ("x", "y")}, [("r", "2"), ("c", "x"), ("c", "y")], id="several"),
    ],
)
def test_radios_and_checkboxes(values: dict[str, Value], expected: list[tuple[str, str]]) -> None:
    """A choice is sent when it is on."""
    inside = """<input type=radio name=r value=1><input type=radio name=r value=2 checked>
        <input type=checkbox name=c value=x checked><input type=checkbox name=c value=y>"""

    assert sent(inside, **values) == expected


@pytest.mark.parametrize(
    ("attributes", "options", "expected"),
    [
        pytest.param("", "<option>uno  <option>dos", [("s", "uno")], id="the first when none is chosen"),
        pytest.param("", "<option>uno<option selected value=2>dos", [("s", "2")], id="the chosen one"),
        pytest.param("", "<option disabled>uno</option><option>dos", [("s", "dos")], id="not a disabled one"),
        pytest.param("multiple", "<option>uno<option>dos", [], id="none of many"),
        pytest.param(
            "multiple", "<option selected>uno<option selected>dos", [("s", "uno"), ("s", "dos")], id="many"
        ),
        pytest.param("disabled", "<option>uno", [], id="disabled as a whole"),
    ],
)
def test_select(attributes: str, options: str, expected: list[tuple[str, str]]) -> None:
    """A select sends its chosen options."""
    assert sent(f"<select name=s {attributes}>{options}</select>") == expected


@pytest.mark.parametrize(
    ("values", "pressed"),
    [
        pytest.param({}, [("b", "1")], id="the first"),
        pytest.param({"b": "2"}, [("b", "2")], id="the one named"),
        pytest.param({"z": "3"}, [("z", "3")], id="another name"),
    ],
)
def test_buttons(values: dict[str, Value], pressed: list[tuple[str, str]]) -> None:
    """Only the button that was pressed is sent."""
    inside = (
        "<button name=b value=1>x</button><button name=b value=2>y</button><input type=submit name=z value=3>"
    )

    assert sent(inside, **values) == pressed


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        pytest.param({"otro": "1"}, "no field 'otro'", id="no such field"),
        pytest.param({"r": "9"}, "'r' has no such choice", id="no such radio"),
        pytest.param({"b": "9"}, "'b' has no such choice", id="no such button"),
    ],
)
def test_what_a_person_cannot_fill_in(values: dict[str, Value], reason: str) -> None:
    """A value that the form does not offer is an error of whoever wrote the walk."""
    with pytest.raises(LookupError, match=reason):
        sent("<input type=radio name=r value=1><button name=b value=1>x</button>", **values)


def test_get_form() -> None:
    """A GET form replaces the query of its action and has no body."""
    form = form_of("<input name=q value='a b'>", "action='/buscar?viejo=1#fin'")
    submission = form.submission({"q": "ñ"})

    assert (submission.method, submission.url) == ("GET", "http://localhost:8000/buscar?q=%C3%B1#fin")
    assert (submission.body, submission.content_type) == (b"", "")


def test_fields_and_id() -> None:
    """A test can find a form by its fields or its id without sending it."""
    form = form_of("<input name=RunAlumno value=5126663-3>", "id=cierre")

    assert (form.id, form.fields) == ("cierre", {"RunAlumno": "5126663-3"})


def test_a_form_that_is_never_closed() -> None:
    """The end of the page ends the form; a form inside a form is no form."""
    forms = page_of("<form id=a><input name=x><form id=b><input name=y>").forms

    assert [(form.id, list(form.fields)) for form in forms] == [("a", ["x", "y"])]


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n")))
def test_any_text_arrives_as_typed(text: str) -> None:
    """Whatever a person types can be read at the other end."""
    assert sent("<input name=a>", a=text) == [("a", text)]


def test_of_twin_attributes_the_first_counts() -> None:
    """A second attribute of the same name changes nothing (HTML, duplicate-attribute)."""
    assert sent("<input name=a name=b value=1 value=2>") == [("a", "1")]


def test_line_ends_are_crlf() -> None:
    """Lines are sent with CR LF, however they were typed (HTML, form submission)."""
    assert sent("<textarea name=a></textarea>", a="1\n2\r\n3\r4") == [("a", "1\r\n2\r\n3\r\n4")]
