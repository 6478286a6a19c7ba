"""The gate's cookies: what they carry, when they count, and that no other value passes for one.

The ids K1 to K17 name the cases of the threat model. How our cookies are told from the
platform's stands in `test_cookies_split`, the ids of attempts in `test_attempt_ids`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from sence_gate.cookies import (
    ATTEMPT_LIFE,
    CANDIDATES,
    LATE_CLOSE,
    MAX_ATTEMPTS,
    MAX_WANTED,
    SKEW,
    Attempt,
    AttemptIds,
    Cookies,
    Mark,
    SetCookie,
)
from sence_gate.protocol.session import State
from tests.samples import ID_SESION_ALUMNO, KEYS, NOW, RUN, attendance, session

Found = Mapping[str, tuple[str, ...]]

_COOKIES = Cookies(KEYS, "_sence", secure=True)
_IDS = AttemptIds(KEYS)
_ATTEMPT = Attempt(ID_SESION_ALUMNO, "excel", attendance(), NOW, "/cursos/excel/?a=b%26c&d=%C3%B1")
_TAG = _ATTEMPT.tag
_SET = {
    "attempt": _COOKIES.attempt(_ATTEMPT),
    "confirmed": _COOKIES.confirmed(session()),
    "session": _COOKIES.session(session(), NOW),
}
_NAMES = {"attempt": f"a-{_TAG}", "confirmed": f"c-{_TAG}", "session": "s-excel"}
_ODD = ["", ".", "..", "...", "a.b.c", "=", "e30.", ".e30", "\x00", "\xa0", "\xff\x85", "null", "'", "ñ.ñ"]
_PURPOSES = [pytest.param(purpose, id=purpose) for purpose in _SET]


def _read(found: Found, cookies: Cookies = _COOKIES) -> list[object]:
    """Return everything in *found* that counts, whatever its purpose."""
    confirmed = [
        cookies.read_confirmed(found, name.removeprefix("c-")) for name in found if name.startswith("c-")
    ]
    genuine = [each for each in confirmed if each]
    return [*cookies.read_attempts(found, NOW), *genuine, *cookies.read_sessions(found)]


def _sent(*cookies: SetCookie) -> Found:
    """Return what the gate finds when a browser sends *cookies* back."""
    return _COOKIES.split("; ".join(f"{each.name}={each.value}" for each in cookies))[0]


def _attempt(number: int, minutes: float = 0) -> Attempt:
    tag = f"tag{number:05}"
    return Attempt(f"excel.1.{tag}.mac", "excel", attendance(), NOW - timedelta(minutes=minutes), "/")


@pytest.mark.parametrize(
    ("purpose", "name", "seconds"),
    [
        pytest.param("attempt", f"a-{_TAG}", 2 * 3600, id="attempt: two hours"),
        pytest.param("confirmed", f"c-{_TAG}", 15 * 60, id="confirmed: minutes"),
        pytest.param("session", "s-excel", (3 + 12) * 3600, id="session: until it can be closed no more"),
    ],
)
def test_k13_names_and_ages(purpose: str, name: str, seconds: int) -> None:
    """On https every name begins with `__Host-`; each purpose has a name and an age of its own."""
    set_cookie = _SET[purpose]
    assert (set_cookie.name, set_cookie.max_age) == (f"__Host-_sence-{name}", seconds)


@pytest.mark.parametrize(("secure", "prefix"), [(True, "__Host-"), (False, "")])
def test_k13_the_prefix_promises_https(secure: bool, prefix: str) -> None:
    """Without https the name makes no promise that browsers would refuse to keep."""
    cookies = Cookies(KEYS, "campus._sence", secure=secure)
    assert cookies.session(session(), NOW).name == f"{prefix}campus._sence-s-excel"
    assert cookies.removal("s-excel").name == f"{prefix}campus._sence-s-excel"


@pytest.mark.parametrize(
    ("minutes", "opened", "seconds"),
    [
        pytest.param(180, NOW, 15 * 3600, id="just opened"),
        pytest.param(180, NOW - timedelta(hours=1), 14 * 3600, id="opened an hour ago"),
        pytest.param(1, NOW, 60 + 12 * 3600, id="a short one"),
        pytest.param(180, None, 12 * 3600, id="never opened"),
    ],
)
def test_a_session_cookie_outlives_the_session(minutes: int, opened: datetime | None, seconds: int) -> None:
    """The cookie lasts until the late close ends, so that the close is offered after the deadline."""
    one = session(minutes=minutes, opened=opened)
    assert timedelta(hours=12) == LATE_CLOSE
    assert _COOKIES.session(one, NOW).max_age == seconds


def test_each_purpose_comes_back_whole() -> None:
    """What was put into a cookie is what is read from it."""
    found = _sent(*_SET.values())
    assert _COOKIES.read_attempts(found, NOW) == [_ATTEMPT]
    assert _COOKIES.read_confirmed(found, _TAG) == session()
    assert _COOKIES.read_session(found, "excel") == session()
    assert _COOKIES.read_sessions(found) == [session()]


def test_nothing_found_is_nothing_read() -> None:
    """A browser without cookies of ours has no attempt, no answer and no session."""
    assert _read({}) == []
    assert _COOKIES.read_confirmed({}, _TAG) is _COOKIES.read_session({}, "excel") is None


@pytest.mark.parametrize("purpose", _PURPOSES)
def test_k1_a_flipped_bit_is_absent(purpose: str) -> None:
    """One bit that differs anywhere in a value, and the cookie counts for nothing."""
    value = _SET[purpose].value
    flipped = (
        value[:position] + chr(ord(value[position]) ^ 1 << bit) + value[position + 1 :]
        for position in range(len(value))
        for bit in range(8)
    )
    assert [each for each in flipped if _read({_NAMES[purpose]: (each,)})] == []


@pytest.mark.parametrize("purpose", _PURPOSES)
def test_k2_a_cut_value_is_absent(purpose: str) -> None:
    """A value cut at either end, at any place, counts for nothing."""
    value = _SET[purpose].value
    cuts = [cut for end in range(len(value)) for cut in (value[:end], value[end + 1 :])]
    assert [cut for cut in cuts if _read({_NAMES[purpose]: (cut,)})] == []


@pytest.mark.parametrize("purpose", _PURPOSES)
@pytest.mark.parametrize("value", _ODD)
def test_k3_odd_values_are_absent(purpose: str, value: str) -> None:
    """Values that look like nothing of ours count for nothing and raise nothing."""
    assert _read({_NAMES[purpose]: (value,)}) == []


@pytest.mark.parametrize("purpose", _PURPOSES)
@pytest.mark.parametrize("foreign", ["!", "ñ", "\x00", " ", "=", "\n", "%"])
def test_k1_a_value_has_one_spelling(purpose: str, foreign: str) -> None:
    """A signature with characters in it that a lenient decoder skips is another value."""
    value = _SET[purpose].value
    assert _read({_NAMES[purpose]: (value[:-9] + foreign + value[-9:],)}) == []
    assert _read({_NAMES[purpose]: (value + foreign,)}) == []


@pytest.mark.parametrize("purpose", _PURPOSES)
@pytest.mark.parametrize("other", _PURPOSES)
def test_k4_no_purpose_passes_for_another(purpose: str, other: str) -> None:
    """A value renamed counts for nothing: SENCE's answer is no session, nor is an attempt."""
    read = _read({_NAMES[other]: (_SET[purpose].value,)})
    assert bool(read) is (purpose == other)


@pytest.mark.parametrize(
    "cookies",
    [
        pytest.param(Cookies(["x" * 40], "_sence", secure=True), id="K4 another key"),
        pytest.param(Cookies([KEYS[0][:-1]], "_sence", secure=True), id="K4 a key cut short"),
        pytest.param(Cookies(KEYS, "otra", secure=True), id="K16 another gate with the same keys"),
        pytest.param(Cookies(KEYS, "campus._sence", secure=True), id="K16 another mount of the same gate"),
    ],
)
def test_no_gate_passes_for_another(cookies: Cookies) -> None:
    """A value made by somebody else counts for nothing, even under the right name."""
    found = {_NAMES[purpose]: (set_cookie.value,) for purpose, set_cookie in _SET.items()}
    assert len(_read(found)) == 3
    assert _read(found, cookies) == []


@pytest.mark.parametrize("purpose", _PURPOSES)
@pytest.mark.parametrize("values", ["", "x", {}])
def test_values_of_another_version_are_absent(purpose: str, values: Any) -> None:
    """A cookie that we signed and that says something else, as another version did, counts for nothing."""
    serializer = getattr(
        _COOKIES, {"attempt": "_attempts", "session": "_sessions"}.get(purpose, "_confirmed")
    )
    assert _read({_NAMES[purpose]: (serializer.dumps([values, "/"]),)}) == []
    assert _read({_NAMES[purpose]: (serializer.dumps(values),)}) == []


def test_k16_no_course_passes_for_another() -> None:
    """A session in one course, renamed, is none in another; nor is an attempt or an answer."""
    stranger = "0" * 8
    names = {"attempt": f"a-{stranger}", "confirmed": f"c-{stranger}", "session": "s-seguridad"}
    found = {names[purpose]: (set_cookie.value,) for purpose, set_cookie in _SET.items()}
    assert _read(found) == []
    assert _COOKIES.read_session(found, "seguridad") is _COOKIES.read_session(found, "excel") is None


def test_k5_an_older_key_still_verifies() -> None:
    """After a rotation the cookies of before count, and new ones are signed with the new key."""
    rotated = Cookies(["a-brand-new-key-of-the-tests-0123456789", *KEYS], "_sence", secure=True)
    assert len(_read(_sent(*_SET.values()), rotated)) == 3
    fresh = rotated.session(session(), NOW)
    assert _read(_sent(fresh)) == []
    assert _read(_sent(fresh), Cookies(["a-brand-new-key-of-the-tests-0123456789"], "_sence", secure=True))


def test_k5_a_removed_key_does_not_verify() -> None:
    """A key that was taken out, because it leaked, makes everything signed with it worthless."""
    assert _read(_sent(*_SET.values()), Cookies(KEYS[1:], "_sence", secure=True)) == []


@pytest.mark.parametrize("purpose", _PURPOSES)
@pytest.mark.parametrize("forged", range(CANDIDATES))
def test_k9_a_forged_value_in_front_hides_nothing(purpose: str, forged: int) -> None:
    """A cookie of the same name, tossed by a neighbouring host, does not put ours out of force."""
    tossed = [replace(_SET[purpose], value=f"forged{number}") for number in range(forged)]
    assert len(_read(_sent(*tossed, _SET[purpose]))) == 1


@pytest.mark.parametrize(
    ("age", "counts"),
    [
        pytest.param(timedelta(0), True, id="now"),
        pytest.param(ATTEMPT_LIFE, True, id="at the end of its life"),
        pytest.param(ATTEMPT_LIFE + timedelta(seconds=1), False, id="a second later"),
        pytest.param(-SKEW, True, id="made by a host whose clock is a minute ahead"),
        pytest.param(-SKEW - timedelta(seconds=1), False, id="made in the future"),
    ],
)
def test_an_attempt_has_an_age(age: timedelta, counts: bool) -> None:
    """Two hours, and a minute of difference between clocks, whatever the browser keeps."""
    read = _COOKIES.read_attempts(_sent(_SET["attempt"]), NOW + age)
    assert read == ([_ATTEMPT] if counts else [])


def test_attempts_are_read_newest_first() -> None:
    """Of several attempts the newest leads, in whatever order the browser sends them."""
    attempts = [_attempt(number, minutes) for number, minutes in enumerate((30, 0, 60))]
    read = _COOKIES.read_attempts(_sent(*map(_COOKIES.attempt, attempts)), NOW)
    assert [each.tag for each in read] == ["tag00001", "tag00000", "tag00002"]


def test_an_answer_is_read_by_its_attempt_alone() -> None:
    """The answer to one attempt is not the answer to another."""
    found = _sent(_SET["confirmed"])
    assert _COOKIES.read_confirmed(found, _TAG[::-1]) is None
    assert _COOKIES.read_confirmed(found, "") is None


_STALE = Attempt(ID_SESION_ALUMNO, "excel", attendance(), NOW - ATTEMPT_LIFE - SKEW, "/")
_CLOSED = _COOKIES.session(session(state=State.CLOSED), NOW)
_ASKED = _COOKIES.mark(Mark.LEAVING, "1", seconds=60)
_MANY = [_COOKIES.attempt(_attempt(number, number)) for number in range(MAX_ATTEMPTS + 2)]


@pytest.mark.parametrize(
    ("sent", "useless"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param(list(_SET.values()), [], id="what counts stays"),
        pytest.param([_CLOSED], [], id="a session that is over: the gate knows, the cookie does not"),
        pytest.param([replace(_SET["session"], value="forged")], ["s-excel"], id="K1 forged"),
        pytest.param([replace(_SET["attempt"], value="")], [f"a-{_TAG}"], id="K2 empty"),
        pytest.param([replace(_SET["confirmed"], value="x" * 5_000)], [f"c-{_TAG}"], id="K6 too long"),
        pytest.param([_COOKIES.attempt(_STALE)], [f"a-{_TAG}"], id="too old"),
        pytest.param(_MANY, ["a-tag00004", "a-tag00005"], id="too many: the oldest go"),
        pytest.param([_ASKED], [], id="a mark that counts"),
        pytest.param([replace(_ASKED, value="forged")], ["l-1"], id="K1 a forged mark"),
        pytest.param([_COOKIES.removal("s-x")], ["s-x"], id="of a course that is gone"),
        pytest.param(
            [replace(_SET["session"], value="forged"), _SET["session"]], [], id="K9 one of two counts"
        ),
    ],
)
def test_k1_what_counts_for_nothing_is_removed(sent: list[SetCookie], useless: list[str]) -> None:
    """A browser is told to forget exactly what it keeps in vain."""
    assert _COOKIES.useless(_sent(*sent), NOW) == [_COOKIES.removal(name) for name in useless]


def test_k15_a_removal_names_the_same_cookie() -> None:
    """A browser forgets a cookie only under the very name that was set."""
    removals = [_COOKIES.removal(name) for name in _NAMES.values()]
    assert removals == [SetCookie(each.name, "", 0) for each in _SET.values()]


def test_k6_a_cookie_is_never_too_long_for_browsers() -> None:
    """Name and value of the longest attempt stay under the 4,096 bytes that browsers keep."""
    longest = "".join(_IDS.issue("x" * 40, attendance(), NOW) for _ in range(20))[:MAX_WANTED]
    one = _COOKIES.attempt(replace(_ATTEMPT, wanted=longest))
    assert len(one.name) + len(one.value) < 4_096


@pytest.mark.parametrize(
    "shown",
    [repr(_ATTEMPT), repr(_SET["session"]), repr(_COOKIES), repr(_IDS)],
    ids=["attempt", "cookie to set", "writer", "ids"],
)
def test_repr_shows_no_secret(shown: str) -> None:
    """Neither values nor keys nor who it is stand in a log or a traceback."""
    secrets = (*KEYS, ID_SESION_ALUMNO, RUN.canonical[:8], _SET["session"].value)
    assert [secret for secret in secrets if secret in shown] == []


@pytest.mark.parametrize("mark", Mark)
def test_k16_a_mark_is_of_one_thing(mark: Mark) -> None:
    """Its texts come back; under another name, or as another mark, it says nothing."""
    value = _COOKIES.mark(mark, "excel", ("a", "b"), seconds=60).value
    assert _COOKIES.read_mark({f"{mark}-excel": (value,)}, mark, "excel") == ("a", "b")
    assert _COOKIES.read_mark({f"{mark}-word": (value,)}, mark, "word") is None
    others = [_COOKIES.read_mark({f"{other}-excel": (value,)}, other, "excel") for other in Mark]
    assert [each for each in others if each is not None] == [("a", "b")]


def test_k1_a_mark_keeps_no_other_cookie_about_the_same() -> None:
    """A damaged answer of an attempt goes, although this browser has seen that session closed."""
    closed = _COOKIES.mark(Mark.CLOSED, _TAG, seconds=60)
    found = _sent(closed, replace(_SET["confirmed"], value="forged"))
    assert _COOKIES.useless(found, NOW) == [_COOKIES.removal(f"c-{_TAG}")]


def test_d3_a_session_cookie_does_not_grow_with_what_sence_reports() -> None:
    """What earlier starts and closes left is in the store; servers refuse long headers."""
    long = session(earlier=tuple("abc"), closes=tuple("xyz"))
    assert _COOKIES.read_session(_sent(_COOKIES.session(long, NOW)), "excel") == session()
