"""No spelling of a path escapes its course.

The ids begin with the number of the case in the project's list of threats.
"""

from __future__ import annotations

import pytest

from sence_gate.paths import Target
from tests.sample_courses import EXCEL, as_servers_tell, asked, outcome

GATED = [
    pytest.param("/public/..%2fcursos/x", id="P1 encoded slash after dot-dot"),
    pytest.param("/public/..%2Fcursos/x", id="P1 encoded slash in capitals"),
    pytest.param("/public/%2e%2e/cursos/x", id="P2 encoded dots"),
    pytest.param("/public/.%2e/cursos/x", id="P2 one encoded dot"),
    pytest.param("/public/%2E./cursos/x", id="P2 the other encoded dot"),
    pytest.param("/public/../cursos/x", id="P3 raw dots"),
    pytest.param("/./cursos/x", id="P3 a dot before"),
    pytest.param("/cursos/./x", id="P3 a dot within"),
    pytest.param("/x/../cursos/", id="P3 up and down"),
    pytest.param("/../../cursos/x", id="P4 above the root"),
    pytest.param("//cursos/x", id="P5 two slashes"),
    pytest.param("///cursos/x", id="P5 three slashes"),
    pytest.param("/%2fcursos/x", id="P5 an encoded second slash"),
    pytest.param("//host/cursos/x", id="P5 two slashes taken for a host"),
    pytest.param("/cursos//x", id="P6 an empty segment"),
    pytest.param("/cursos%2fx", id="P8 encoded slash at the boundary"),
    pytest.param("/public/..%5ccursos/x", id="P9 encoded backslash"),
    pytest.param("/public\\..\\cursos\\x", id="P9 backslashes"),
    pytest.param("/%5ccursos/x", id="P9 encoded backslash first"),
    pytest.param("/public/%252e%252e%252fcursos/x", id="P10 encoded twice"),
    pytest.param("/%2563ursos/x", id="P10 a letter encoded twice"),
    pytest.param("/%252525252563ursos/x", id="P10 a letter encoded six times"),
    pytest.param("/%63ursos/x", id="P11 first letter encoded"),
    pytest.param("/cur%73os/x", id="P11 middle letter encoded"),
    pytest.param("/cursos;jsessionid=1/x", id="P12 parameter"),
    pytest.param("/public/..;/cursos/x", id="P12 dot-dot with an empty parameter"),
    pytest.param("/public/..;a=b/cursos/x", id="P12 dot-dot with a parameter"),
    pytest.param("/cursos/x;.css", id="P12 a suffix in a parameter"),
    pytest.param("/cursos%3bx/y", id="P12 encoded parameter"),
    pytest.param("/CURSOS/x", id="P13 capitals"),
    pytest.param("/Cursos/x", id="P13 a capital"),
    pytest.param("/cursos/%ff", id="P16 invalid byte below"),
    pytest.param("/cur%ffsos/x", id="P16 invalid byte that is dropped"),
    pytest.param("/cursos%c0%afx", id="P16 overlong slash"),
    pytest.param("/public/%c0%ae%c0%ae/cursos/x", id="P16 overlong dots"),
    pytest.param("/cursos/%ed%a0%80", id="P16 half of a surrogate pair"),
    pytest.param("/cursos/%", id="P16 lone percent sign"),
    pytest.param("/cursos/%zz", id="P16 not hexadecimal"),
    pytest.param("/cursos%u002fx", id="P16 wide escape"),
    pytest.param("/public/%u002e%u002e%u002fcursos", id="P16 wide escapes"),
    pytest.param("/public/%23/../../cursos/x", id="P19 encoded fragment"),
    pytest.param("/cursos%23/public/", id="P19 encoded fragment at the boundary"),
    pytest.param("/cursos/x%3f/public/", id="P20 encoded question mark"),
    pytest.param("/cursos%3Fpublic", id="P20 encoded question mark at the boundary"),
    pytest.param("/cursos/x?/public/", id="P21 an exception in the query"),
    pytest.param("/cursos/x?next=/cursos/publico/", id="P21 an exception as a value"),
    pytest.param("/cursos?skip=1", id="P21 query at the boundary"),
    pytest.param("/cursos/x/.css", id="P22 a suffix"),
    pytest.param("/cursos/index.php/a.css", id="P22 a suffix after a script"),
    pytest.param("/cursos", id="P23 no slash"),
    pytest.param("/cursos/", id="P23 slash"),
    pytest.param("/cursos?x", id="P23 query"),
    pytest.param("/cursos/publico../x", id="P23 dots after an exception"),
    pytest.param("/cursos/publico.", id="P23 a dot after an exception"),
    pytest.param("/cursos/publicos/", id="P23 more letters after an exception"),
    pytest.param("/cursos/PUBLICO/", id="exceptions are exact"),
    pytest.param("/cursos/publico/..%2fx", id="out of an exception"),
    pytest.param("/cursos/publico/%252e%252e/x", id="out of an exception, encoded twice"),
    pytest.param("/cursos/publico/..;/x", id="out of an exception as Java reads it"),
    pytest.param("/cursos/x/..%2fpublico/", id="into an exception"),
    pytest.param("/ｃｕｒｓｏｓ/x", id="full-width letters"),
    pytest.param("/public／．．／cursos/x", id="full-width dots and slashes"),
    pytest.param("/cúrsos/x", id="an accent that a database ignores"),
    pytest.param("/cur%e2%80%8bsos/x", id="an invisible character"),
    pytest.param("/c%f9rsos/x", id="an accent in latin-1"),
    pytest.param("/cursos./x", id="trailing dot"),
    pytest.param("/cursos%20/x", id="trailing space"),
    pytest.param("/cursos%26a=b", id="a path that is rewritten into a query"),
    pytest.param("/cursos::$INDEX_ALLOCATION/x", id="a stream of NTFS"),
]


@pytest.mark.parametrize("url", GATED)
def test_no_spelling_of_a_path_escapes_its_course(url: str) -> None:
    """Whichever server stands in front, some platform reads these as the course."""
    assert {outcome(EXCEL, target) for target in as_servers_tell(url)} == {"excel"}


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("/cursos%00/x", id="P15 NUL"),
        pytest.param("/public%00/../cursos/x", id="P15 NUL before the course"),
        pytest.param("/cursos/a%0d%0aX:%201", id="P15 line break"),
        pytest.param("/cursos/x%0a.css", id="P22 line break before a suffix"),
        pytest.param("/public/%7f", id="P15 DEL outside of courses"),
        pytest.param("/%" + "25" * 300 + "63ursos", id="P10 too many layers"),
    ],
)
def test_what_nobody_links_to_is_refused(url: str) -> None:
    """A careful server answers 400."""
    assert {outcome(EXCEL, target) for target in as_servers_tell(url)} == {"400"}


@pytest.mark.parametrize(
    "target",
    [
        pytest.param(Target("/cursos", "/x", "/cursos/x", ""), id="P24 mounted"),
        pytest.param(Target("/foo", "/cursos/x", "/foo/cursos/x", ""), id="P24 a header moves the mount"),
        pytest.param(Target("/foo", "/x/%2e%2e/cursos/x", "/foo/x/%2e%2e/cursos/x", ""), id="P24 and dots"),
        pytest.param(Target("/public", "/../cursos/x", None, ""), id="P24 above the mount"),
        pytest.param(Target("/cursos", "/publico/../x", None, ""), id="P24 out of an exception"),
        pytest.param(Target("/cursos/publico", "/cursos/x", None, ""), id="P24 an exception as the mount"),
        pytest.param(Target("/cursos", "", None, ""), id="P25 nothing below the mount"),
        pytest.param(Target("", "/public", "/cursos/x", ""), id="the raw path alone"),
        pytest.param(Target("", "/cursos/x", "/public", ""), id="the decoded path alone"),
        pytest.param(Target("", "/public/#/../../cursos/x", None, ""), id="P19 fragment kept by wsgiref"),
        pytest.param(Target("", "/public/", "/public/#/../../cursos/x", ""), id="P19 fragment kept raw"),
        pytest.param(Target("", "http://evil/cursos/x", None, ""), id="absolute form in PATH_INFO"),
        pytest.param(Target("", "/x", "http://evil/cursos/x?a", "a"), id="absolute form in the raw URI"),
    ],
)
def test_every_part_of_a_target_is_looked_at(target: Target) -> None:
    """Servers and headers decide what stands in which part."""
    assert outcome(EXCEL, target) == "excel"


@pytest.mark.parametrize("path", ["*", "cursos/x", "?x", ""])
def test_a_target_without_a_path_is_refused(path: str) -> None:
    """P27: neither gated nor free."""
    assert outcome(EXCEL, Target("", path, path, "")) == "400"


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("/cursos-libres", id="P23 a longer name"),
        pytest.param("/cursos-libres/x", id="P23 below a longer name"),
        pytest.param("/curso", id="a shorter name"),
        pytest.param("/publico", id="another name"),
        pytest.param("/x?next=/cursos/x", id="the course in the query"),
        pytest.param("/x?next=%2Fcursos%2Fx%3Fid%3D%25C3%25B1", id="the course in an encoded query"),
        pytest.param("/cursos/publico", id="the exception itself"),
        pytest.param("/cursos/publico/a/b.css?v=1", id="below the exception"),
        pytest.param("/cursos/publico/Gu%C3%ADa%20(1),%20C&A;v=2.pdf", id="a file below the exception"),
    ],
)
def test_other_paths_are_free(url: str) -> None:
    """What no platform reads as the course passes, from any server."""
    assert {outcome(EXCEL, target) for target in as_servers_tell(url)} == {"free"}


def test_a_path_that_ends_like_a_course_is_free() -> None:
    """Unless a mount path stands before it: then the application sees the course."""
    assert asked(EXCEL, "/x/cursos") == "free"
    assert outcome(EXCEL, Target("/x", "/cursos", "/x/cursos", "")) == "excel"


def test_an_exception_spelled_otherwise_frees_nothing() -> None:
    """Where the server tells the raw URI, it has to be spelled like the exception too."""
    assert asked(EXCEL, "/cursos/p%75blico/") == "excel"
