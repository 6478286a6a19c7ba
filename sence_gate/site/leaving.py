"""Leaving the platform with an open session: close it first, or leave without.

The offer stands at the logout's own address, in place of its answer, and carries the
request along: its address in a link, or its fields in a form. Whichever way the
learner takes, the logout is made; so it is when SENCE refuses the close, and when the
offer was made once already. What cannot be carried along is not held up at all.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from werkzeug.wrappers import Response

from sence_gate.cookies import Mark, SetCookie, tag_of
from sence_gate.navigation import Kind, is_local, kind_of, wanted_of
from sence_gate.pages import ExitPage, Fields, LeavePage
from sence_gate.protocol.session import Session
from sence_gate.site.exchange import Exchange

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

ASKED_SECONDS = 120  # for which a learner who was asked may leave
EXIT_SECONDS = 30 * 60  # for which a trip to SENCE remembers that it ends with a logout
MAX_EXIT = 2_000  # characters of address and fields together: they travel in a cookie
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Exit:
    """The logout that the learner asked for: a local address, and the fields of a form."""

    url: str
    is_post: bool = False
    data: str = ""

    @property
    def fields(self) -> Fields:
        """The fields of the form, in their order."""
        return tuple(parse_qsl(self.data, keep_blank_values=True))


def offer(x: Exchange) -> Response | None:
    """Answer a logout in place of the platform, when a session would be left open; None lets it pass."""
    if not _can_be_asked(x):
        return None
    sessions = x.desk.gate.leaving(x.visit)
    if not sessions:
        return None
    way_out = _exit(x)
    if way_out is None:
        return None
    asked = x.desk.gate.parts.cookies.mark(Mark.LEAVING, "1", seconds=ASKED_SECONDS)
    return x.unbound(_page(x, sessions, way_out), (asked,))


def exit_given(x: Exchange) -> Exit | None:
    """Return the logout that a form of ours carries along; None when it does, or may, carry none."""
    found = Exit(x.given("salir"), x.given("salir_metodo") == "post", x.given("salir_datos"))
    return found if _is_fine(x, found) else None


def remembered(x: Exchange, session: Session, way_out: Exit) -> tuple[SetCookie, ...]:
    """Return the cookies that end the trip of *session* in a logout; of a second session is asked anew."""
    texts = (way_out.url, "post" if way_out.is_post else "get", way_out.data)
    cookies = x.desk.gate.parts.cookies
    exit_mark = cookies.mark(Mark.EXIT, tag_of(session.id_sesion_alumno), texts, seconds=EXIT_SECONDS)
    return (exit_mark, cookies.removal(f"{Mark.LEAVING}-1"))


def exit_of(x: Exchange, tag: str) -> Exit | None:
    """Return the logout with which the trip *tag* of this browser ends, if it does."""
    match x.desk.gate.parts.cookies.read_mark(x.visit.cookies, Mark.EXIT, tag):
        case (url, method, data):
            found = Exit(url, method == "post", data)
            return found if _is_fine(x, found) else None
        case _:
            return None


def leave(x: Exchange) -> Response:
    """Answer GET `/salir`: SENCE refused the close, and the learner goes all the same."""
    way_out = exit_of(x, x.given("i")[:16])
    if way_out is None:
        return x.redirect(x.desk.root)
    asked = (x.desk.gate.parts.cookies.mark(Mark.LEAVING, "1", seconds=ASKED_SECONDS),)
    if not way_out.is_post:
        return x.redirect(way_out.url, asked)
    return x.unbound(ExitPage(action=way_out.url, fields=way_out.fields, incident=x.incident), asked)


def _can_be_asked(x: Exchange) -> bool:
    kind = kind_of(x.environ)
    is_page = kind is Kind.PAGE and x.request.method == "GET" and "prefetch" not in _purpose(x.environ)
    return (is_page or kind is Kind.FORM) and not _comes_from_the_offer(x)


def _purpose(environ: WSGIEnvironment) -> str:
    return str(environ.get("HTTP_SEC_PURPOSE") or environ.get("HTTP_PURPOSE") or "")


def _comes_from_the_offer(x: Exchange) -> bool:
    """Tell whether the browser was at the logout's address, where it was asked, whatever cookies it lost."""
    try:
        sender = urlsplit(x.environ.get("HTTP_REFERER", ""))
    except ValueError:
        return False
    config = x.desk.gate.parts.config
    is_ours = f"{sender.scheme}://{sender.netloc}" == config.origin
    return is_ours and x.desk.logout.holds_url(f"{sender.path}?{sender.query}")


def _exit(x: Exchange) -> Exit | None:
    """Return the request as a page can make it again; None when it cannot."""
    url = wanted_of(x.visit.target)
    if x.request.method == "GET":
        found = Exit(url)
    else:
        found = Exit(url, is_post=True, data=_data(x.environ))
        if not _can_be_typed(found):
            return None
    return found if _is_fine(x, found) else None


def _data(environ: WSGIEnvironment) -> str:
    """Return the form of a POST, and leave it there to be read again; unreadable as "\\n"."""
    length = environ.get("CONTENT_LENGTH") or "0"
    media = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if "HTTP_TRANSFER_ENCODING" in environ:  # its end cannot be known before it is read
        return "\n"
    if not length.isdecimal() or len(length) > 9 or int(length) > MAX_EXIT or media != FORM:
        return "\n"
    body: bytes = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = io.BytesIO(body)
    return body.decode("latin-1")


def _can_be_typed(found: Exit) -> bool:
    """Tell whether a browser sends the very fields when a page of ours holds them."""
    try:
        pairs = parse_qsl(
            found.data, keep_blank_values=True, strict_parsing=bool(found.data), errors="strict"
        )
    except ValueError:
        return False
    texts = [text for pair in pairs for text in pair]
    # Browsers send line ends as CRLF, whatever they were.
    return found.data.isascii() and not any(set(text) & {"\r", "\n", "\0"} for text in texts)


def _is_fine(x: Exchange, found: Exit) -> bool:
    is_short = len(found.url) + len(found.data) <= MAX_EXIT
    return is_short and is_local(found.url) and x.desk.logout.holds_url(found.url)


def _page(x: Exchange, sessions: tuple[Session, ...], way_out: Exit) -> LeavePage:
    first = sessions[0]
    carried = {"curso": first.course, "salir": way_out.url, "salir_datos": way_out.data}
    return LeavePage(
        course_name=x.desk.course_name(first.course),
        otec_name=x.desk.otec_name(first.course),
        others=len(sessions) - 1,
        close_action=f"{x.desk.home}/cierre",
        close_fields=(*carried.items(), ("salir_metodo", "post" if way_out.is_post else "get")),
        leave_url=way_out.url,
        by_form=way_out.is_post,
        leave_fields=way_out.fields,
        back_url=x.desk.first_path(first.course),
        incident=x.incident,
    )
