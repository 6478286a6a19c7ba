"""Which courses a page names: the tags of an HTML document, up to `<body …>`.

A platform that names the course in its page does so in a tag, as Moodle in
`<body class="… course-5">`. Only start tags are compared, each by itself: titles,
comments, scripts and styles hold what learners wrote. The body's tag has the
first word; the tags before it count when it names no course. A page that names
two courses names both, one whose only key is empty says that it is of none; one that
shows something of all of them (the pattern's group `any`: what a search found) names
none for certain.

Every split of a page gives the same answer. What is read is bounded, and no byte
is ever decoded: the pattern meets the page's bytes as they are.
Source: HTML standard, 13.2.5 (tokenization), of which this is the part that
matters before the body. Deliberately not here: XHTML, and what scripts write.
"""

from __future__ import annotations

import re
import zlib
from enum import StrEnum
from itertools import islice

from sence_gate.shared import ANY, GROUP
from sence_gate.splice import Unpacker

LIMIT = 256 * 1024  # bytes; Moodle's heads have 20 to 60 thousand
LONGEST_TAG = 8 * 1024  # of those that are compared: a picture in a link is none, and patterns may be slow
MOST_KEYS = 8

Keys = tuple[str, ...]


class Unread(StrEnum):
    """Why nobody can say which course an answer is of."""

    SEVERAL = "a page of several courses"
    NOT_HTML = "not HTML"
    MOVED = "a redirect within the site"
    ELSEWHERE = "a redirect to another site"
    PARTIAL = "a part of something"
    CODING = "content coding"
    CHARSET = "charset"
    NO_BODY = "no <body> tag"
    TOO_LONG = "no <body> tag near the beginning"
    BROKEN_GZIP = "broken gzip"


_OPENER = re.compile(rb"(?P<comment><!--)|(?P<bogus><[!?]|</[^a-zA-Z])|(?P<tag></?[a-zA-Z])")
_LONGEST_OPENER = 4
_COMMENT_END = re.compile(rb"-->|(?<!<!)--!>")
_BOGUS_END = re.compile(rb">")
_NAME = re.compile(rb"</?([a-zA-Z][^\t\n\f\r />]*)")
_BLANKS = re.compile(rb"[\t\n\f\r /]*")
_ATTRIBUTE = re.compile(rb"[^\t\n\f\r />][^\t\n\f\r />=]*")
_EQUALS = re.compile(rb"[\t\n\f\r ]*=[\t\n\f\r ]*")
_UNQUOTED = re.compile(rb"[^\t\n\f\r >]*")
# What stands in them is no markup of this document, or may be none.
_RAW = {
    name: re.compile(rb"</%b(?=[\t\n\f\r />])" % name, re.IGNORECASE)
    for name in b"script style title textarea noscript template iframe noembed noframes xmp".split()
}
_LONGEST_END = max(len(name) for name in _RAW) + 3


class TagReader:
    """A reader of one document; once it has answered, do not feed it again.

    Args:
        pattern: has a group `key`, and perhaps one `any`.
    """

    __slots__ = ("_at", "_data", "_ending", "_named", "_pattern", "_retry_at")

    def __init__(self, pattern: re.Pattern[bytes]) -> None:
        self._pattern = pattern
        self._data = bytearray()
        self._at = 0  # of the next byte to look at
        self._ending: re.Pattern[bytes] | None = None  # of the comment or text that we are in
        self._retry_at = 0
        self._named: dict[str, None] = {}

    def feed(self, data: bytes) -> Keys | Unread | None:
        """Read on; return the keys that the page names, or why nobody can say. `None` asks for more."""
        self._data += data[: LIMIT - len(self._data)]
        is_full = len(self._data) >= LIMIT
        if len(self._data) < self._retry_at and not is_full:
            return None
        answer = self._read_on()
        return Unread.TOO_LONG if answer is None and is_full else answer

    def end(self) -> Keys | Unread:
        """Return the answer for a document that ends here."""
        answer = self._read_on()
        return Unread.NO_BODY if answer is None else answer

    def _read_on(self) -> Keys | Unread | None:
        if self._data.startswith((b"\xfe\xff", b"\xff\xfe")):
            return Unread.CHARSET
        while self._skipped():
            if len(self._data) - self._at < _LONGEST_OPENER:
                return None
            opener = _OPENER.match(self._data, self._at)
            if opener is None:
                self._at += 1
            elif opener["tag"]:
                end = _tag_end(self._data, self._at)
                if end is None:
                    # Half as much again before the next try: a tag that comes byte by byte stays cheap.
                    self._retry_at = len(self._data) + (len(self._data) - self._at) // 2
                    return None
                answer = self._look_at(bytes(self._data[self._at : end]))
                self._at = end
                if answer is not None:
                    return answer
            else:
                self._ending = _COMMENT_END if opener["comment"] else _BOGUS_END
                self._at += 2
        return None

    def _skipped(self) -> bool:
        """Go to the next `<` that counts; False when it has not come yet."""
        if self._ending is not None:
            found = self._ending.search(self._data, self._at)
            if found is None:
                self._at = max(self._at, len(self._data) - _LONGEST_END)
                return False
            self._at = found.start() if found[0].startswith(b"</") else found.end()
            self._ending = None
        at = self._data.find(b"<", self._at)
        self._at = len(self._data) if at < 0 else at
        return at >= 0

    def _look_at(self, tag: bytes) -> Keys | Unread | None:
        """Note the keys of *tag*; answer when it is that of the body."""
        found = _NAME.match(tag)
        if found is None or tag.startswith(b"</"):
            return None
        name, is_long = found[1].lower(), len(tag) > LONGEST_TAG
        if not is_long and is_of_several(self._pattern, tag):
            return Unread.SEVERAL
        keys = () if is_long else keys_in(self._pattern, tag)
        if name == b"body":
            return Unread.TOO_LONG if is_long else _first_word(keys, tuple(self._named))
        self._named |= dict.fromkeys(keys)
        self._ending = _RAW.get(name)
        return None


class GzipTagReader:
    """A `TagReader` for a document that the platform compressed."""

    __slots__ = ("_reader", "_unpacker")

    def __init__(self, pattern: re.Pattern[bytes]) -> None:
        self._reader = TagReader(pattern)
        self._unpacker = Unpacker()

    def feed(self, data: bytes) -> Keys | Unread | None:
        """As `TagReader.feed`."""
        try:
            for piece in self._unpacker.pieces(data):
                answer = self._reader.feed(piece)
                if answer is not None:
                    return answer
        except zlib.error:
            return Unread.BROKEN_GZIP
        return None

    def end(self) -> Keys | Unread:
        """As `TagReader.end`."""
        return self._reader.end()


def is_of_several(pattern: re.Pattern[bytes], tag: bytes) -> bool:
    """Tell whether *tag* says that its page shows something of several courses."""
    return ANY in pattern.groupindex and any(found[ANY] is not None for found in pattern.finditer(tag))


def keys_in(pattern: re.Pattern[bytes], tag: bytes) -> Keys:
    """Return every key that *pattern* can find in *tag*, at most `MOST_KEYS`.

    A greedy pattern finds the last first: what stands before is looked at again.
    """
    keys: dict[str, None] = {}
    for first in islice(pattern.finditer(tag), MOST_KEYS):
        found: re.Match[bytes] | None = first
        for _ in range(MOST_KEYS):
            if found is None or found[GROUP] is None:
                break
            keys[found[GROUP].decode("utf-8", "replace")] = None
            found = pattern.search(tag, first.start(), found.start(GROUP))
    return tuple(keys)[:MOST_KEYS]


def _first_word(of_the_body: Keys, before: Keys) -> Keys:
    """Return the keys that count; an empty one where there is no other."""
    return tuple(filter(None, of_the_body)) or tuple(filter(None, before)) or (of_the_body or before)[:1]


def _tag_end(data: bytearray, at: int) -> int | None:
    """Return where the tag at *at* ends; None when that has not come yet."""
    at = _end_of(_NAME, data, at)
    while True:
        at = _end_of(_BLANKS, data, at)
        if at == len(data):
            return None
        if data[at] == 0x3E:  # >
            return at + 1
        at = _end_of(_ATTRIBUTE, data, at)
        if equals := _EQUALS.match(data, at):
            at = _value_end(data, equals.end())
            if at < 0:
                return None


def _value_end(data: bytearray, at: int) -> int:
    """Return where the value at *at* ends, negative when its quote has not come yet."""
    quote = bytes(data[at : at + 1])
    if quote in (b'"', b"'"):
        return data.find(quote, at + 1) + 1 or -1
    return _end_of(_UNQUOTED, data, at)


def _end_of(pattern: re.Pattern[bytes], data: bytearray, at: int) -> int:
    found = pattern.match(data, at)
    return found.end() if found else at
