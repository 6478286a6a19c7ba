"""The prologue of an HTML document, and the place in it where a script may stand.

A prologue is what comes before anything visible: byte order mark, white space,
comments, stray end tags, doctype, `<html …>`, `<head …>`. The place is behind `<head …>`, or,
without one, before the first thing that is none of these. `Prologue` reads bytes
as they come and keeps at most a few of them, so that every split of a page gives
the same place.

Source: HTML standard, 13.2.5 (tokenization; the states below bear its names) and
13.2.6.4.1 to 13.2.6.4.3 (tree construction up to "before head").
Deliberately not here: everything behind the prologue, where scripts, templates
and unclosed comments make a place expensive to find. No byte is ever decoded.
"""

from __future__ import annotations

import re
from enum import IntEnum, StrEnum, auto

LIMIT = 64 * 1024  # a prologue longer than this is given up


class NoPlace(StrEnum):
    """Why a body gets no tag."""

    FRAGMENT = "fragment"  # neither doctype nor <html>: a piece for some script of the platform
    UTF_16 = "utf-16"  # our ASCII would be noise in it
    TOO_LONG = "prologue too long"
    UNFINISHED = "ended in its prologue"
    SHIFTED = "escape sequence in the prologue"
    BROKEN_GZIP = "broken gzip"
    FORBIDDEN = "policy in <meta>"  # behind the place, and not ours to widen


class _State(IntEnum):  # hashes faster than Enum
    DATA = auto()
    MARKUP = auto()  # doctype and bogus comment: both end at the first ">"
    TAG_NAME = auto()  # of an end tag
    COMMENT_START = auto()
    COMMENT_START_DASH = auto()
    COMMENT = auto()
    COMMENT_END_DASH = auto()
    COMMENT_END = auto()
    COMMENT_END_BANG = auto()
    BEFORE_NAME = auto()
    NAME = auto()
    AFTER_NAME = auto()
    BEFORE_VALUE = auto()
    DOUBLE_QUOTED = auto()
    SINGLE_QUOTED = auto()
    UNQUOTED = auto()


_Rule = tuple[re.Pattern[bytes], dict[int, _State], _State]


def _rule(stop: bytes, turns: dict[str, _State], otherwise: _State) -> _Rule:
    """Return the rule: pass over everything up to *stop*, eat that byte and turn by it."""
    return re.compile(stop, re.DOTALL), {ord(byte): state for byte, state in turns.items()}, otherwise


_S = _State

_RULES: dict[_State, _Rule] = {
    _S.MARKUP: _rule(rb">", {}, _S.DATA),
    _S.TAG_NAME: _rule(rb"[\t\n\f\r />]", {">": _S.DATA}, _S.BEFORE_NAME),
    _S.COMMENT_START: _rule(rb".", {"-": _S.COMMENT_START_DASH, ">": _S.DATA}, _S.COMMENT),
    _S.COMMENT_START_DASH: _rule(rb".", {"-": _S.COMMENT_END, ">": _S.DATA}, _S.COMMENT),
    _S.COMMENT: _rule(rb"-", {}, _S.COMMENT_END_DASH),
    _S.COMMENT_END_DASH: _rule(rb".", {"-": _S.COMMENT_END}, _S.COMMENT),
    _S.COMMENT_END: _rule(rb"[^-]", {">": _S.DATA, "!": _S.COMMENT_END_BANG}, _S.COMMENT),
    _S.COMMENT_END_BANG: _rule(rb".", {">": _S.DATA, "-": _S.COMMENT_END_DASH}, _S.COMMENT),
    _S.BEFORE_NAME: _rule(rb"[^\t\n\f\r /]", {">": _S.DATA}, _S.NAME),
    _S.NAME: _rule(
        rb"[\t\n\f\r />=]", {"=": _S.BEFORE_VALUE, ">": _S.DATA, "/": _S.BEFORE_NAME}, _S.AFTER_NAME
    ),
    _S.AFTER_NAME: _rule(
        rb"[^\t\n\f\r ]", {"=": _S.BEFORE_VALUE, ">": _S.DATA, "/": _S.BEFORE_NAME}, _S.NAME
    ),
    _S.BEFORE_VALUE: _rule(
        rb"[^\t\n\f\r ]", {'"': _S.DOUBLE_QUOTED, "'": _S.SINGLE_QUOTED, ">": _S.DATA}, _S.UNQUOTED
    ),
    _S.DOUBLE_QUOTED: _rule(rb'"', {}, _S.BEFORE_NAME),
    _S.SINGLE_QUOTED: _rule(rb"'", {}, _S.BEFORE_NAME),
    _S.UNQUOTED: _rule(rb"[\t\n\f\r >]", {">": _S.DATA}, _S.BEFORE_NAME),
}

# ISO-2022-JP, which a page may declare behind its prologue, shifts by it into an alphabet in which
# "-->" is part of a word.
_ESCAPE = b"\x1b"

_NOT_BLANK = re.compile(rb"[^\t\n\f\r ]")

_OPENER = re.compile(
    rb"(?P<bom>\xef\xbb\xbf)|(?P<utf16>\xfe\xff|\xff\xfe)"
    rb"|(?P<comment><!--)|(?P<doctype><!doctype)|(?P<bogus><[!?]|</(?=[^a-z]))"
    rb"|(?P<html><html(?=[\t\n\f\r />]))|(?P<head><head(?=[\t\n\f\r />]))"
    rb"|(?P<end></(?!(?:html|head|body|br)[\t\n\f\r />]))",
    re.IGNORECASE,
)

_AFTER_OPENER = {
    "bom": _S.DATA,
    "comment": _S.COMMENT_START,
    "doctype": _S.MARKUP,
    "bogus": _S.MARKUP,
    "end": _S.TAG_NAME,  # nothing is open that it could end; the other four make the elements first
    "html": _S.BEFORE_NAME,
    "head": _S.BEFORE_NAME,
}

# What an opener looks like when the rest of it stands in the next item.
_CUT_OPENERS = frozenset(
    word[:length]
    for word in (
        *(b"\xef\xbb\xbf", b"\xfe\xff", b"\xff\xfe", b"<!--", b"<!doctype", b"<html>", b"<head>"),
        *(b"</html>", b"</head>", b"</body>", b"</br>"),
    )
    for length in range(1, len(word))
)
_LONGEST_CUT = max(map(len, _CUT_OPENERS))

# Most pages begin like this. It may find nothing that the states would find elsewhere: the property
# test that compares a whole page with its pieces compares this with them.
_BETWEEN = rb"(?:[\t\n\f\r ]++|<!--(?!-?>)[^-]*+(?:-(?!-!?>)[^-]*+)*+--!?>)*+"
_VALUE = rb"""(?:"[^"]*+"|'[^']*+'|[^\t\n\f\r "'>][^\t\n\f\r >]*+)"""
_ATTRIBUTES = rb"(?:[\t\n\f\r ]++[a-z:_-]++(?:=" + _VALUE + rb")?+)*+[\t\n\f\r ]*+>"
_HTML = rb"<html" + _ATTRIBUTES
_COMMON = re.compile(
    rb"(?:\xef\xbb\xbf)?+"
    + _BETWEEN
    + rb"(?:<\?[^>]*+>"
    + _BETWEEN
    + rb")?+(?:<!doctype[^>]*+>"
    + _BETWEEN
    + rb"(?:"
    + _HTML
    + rb")?+|"
    + _HTML
    + rb")"
    + _BETWEEN
    + rb"(?:<head"
    + _ATTRIBUTES
    + rb"|(?=<[a-gi-z]))",
    re.IGNORECASE,
)


class Prologue:
    """A reader of one document's prologue; once it has answered, do not feed it again."""

    __slots__ = ("_answer", "_cut", "_is_document", "_is_head", "_offset", "_state")

    def __init__(self) -> None:
        self._state = _S.DATA
        self._offset = 0  # of the next byte to read
        self._cut = b""  # an opener that the last item cut in two
        self._is_document = False
        self._is_head = False
        self._answer: int | NoPlace | None = None

    def feed(self, data: bytes) -> int | NoPlace | None:
        """Read on; return the offset of the place in the document, or why there is none.

        The offset counts every byte that was fed. `None` asks for more.
        """
        if not self._offset and not self._cut and (common := _COMMON.match(data, 0, LIMIT)):
            return common.end() if data.find(_ESCAPE, 0, common.end()) < 0 else NoPlace.SHIFTED
        data = self._cut + data
        end = min(len(data), LIMIT - self._offset)
        self._cut, at = b"", 0
        while at < end and self._answer is None and not self._cut:
            step = self._open if self._state is _S.DATA else self._turn
            at = step(data, at, end)
        self._offset += at
        if data.find(_ESCAPE, 0, at) >= 0:
            return NoPlace.SHIFTED
        if self._answer is None and self._offset + len(self._cut) >= LIMIT:
            return NoPlace.TOO_LONG
        return self._answer

    def _turn(self, data: bytes, at: int, end: int) -> int:
        """Follow the rule of the state; return where to read on."""
        stop, turns, otherwise = _RULES[self._state]
        found = stop.search(data, at, end)
        if found is None:
            return end
        self._state = turns.get(data[found.start()], otherwise)
        if self._is_head and self._state is _S.DATA:
            self._answer = self._offset + found.end()
        return found.end()

    def _open(self, data: bytes, at: int, end: int) -> int:
        """Find out what begins behind the white space; return where to read on."""
        found = _NOT_BLANK.search(data, at, end)
        if found is None:
            return end
        at = found.start()
        if end - at <= _LONGEST_CUT and data[at:end].lower() in _CUT_OPENERS:
            self._cut = data[at:end]
            return at
        opener = _OPENER.match(data, at, end)
        if opener is None or not self._enter(str(opener.lastgroup), self._offset + at):
            self._answer = self._offset + at if self._is_document else NoPlace.FRAGMENT
            return at
        return opener.end()

    def _enter(self, opener: str, offset: int) -> bool:
        """Take the state that *opener* leads to; return False when it ends the prologue."""
        match opener:
            case "utf16" if not offset:
                self._answer = NoPlace.UTF_16
            case "bom" | "utf16" if offset:
                return False
            case "doctype" | "html":
                self._is_document = True
            case "head":
                if not self._is_document:
                    return False
                self._is_head = True
        self._state = _AFTER_OPENER.get(opener, _S.DATA)
        return True
