"""What arrived, as name and value pairs: bounded, and without a token.

The ledger keeps what SENCE's callbacks carried, for ever, and anybody can post to
a callback's address. So SENCE's own fields have room, and strangers share a little
of it. Values are decoded leniently and never interpreted here.
Source: RFC 1866 section 8.2.1 and the WHATWG urlencoded parser.
"""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from sence_gate.protocol.fields import FIELDS

Pairs = tuple[tuple[str, str], ...]

MAX_BODY = 64 * 1024  # nine fields of SENCE, all at full length, stay under 2 KiB
MAX_FIELDS = 100
MAX_VALUE = 500  # SENCE's longest has 149 characters
MAX_STRANGE = 4_096  # characters of all fields together that are not SENCE's
MAX_OWN = 8_192  # and of SENCE's, which can be repeated

_OWN = frozenset(row.wire.casefold() for row in FIELDS)
_TOKEN_NAME = next(row.wire for row in FIELDS if row.name == "token")


def pairs_of(body: bytes) -> Pairs:
    """Return the pairs of a posted form; one more than allowed when there are too many."""
    pieces = [piece for piece in body[:MAX_BODY].split(b"&") if piece][: MAX_FIELDS + 1]
    return tuple((_text(name), _text(value)) for name, _, value in (p.partition(b"=") for p in pieces))


def worth_keeping(pairs: Pairs) -> Pairs:
    """Return *pairs* as they may be written to the ledger."""
    room = {True: MAX_OWN, False: MAX_STRANGE}
    kept = []
    for name, value in map(_without_token, pairs[:MAX_FIELDS]):
        is_own = name.casefold() in _OWN
        room[is_own] -= len(name) + len(value)
        if room[is_own] >= 0:
            kept.append((name, value))
    return tuple(kept)


def _without_token(pair: tuple[str, str]) -> tuple[str, str]:
    # A body in another format can carry a token inside what reads as a name or a value.
    name, value = pair
    if _TOKEN_NAME.casefold() in name.casefold():
        return _TOKEN_NAME, "***"
    is_hidden = name.casefold() not in _OWN and _TOKEN_NAME.casefold() in value.casefold()
    return name[:MAX_VALUE], "***" if is_hidden else value[:MAX_VALUE]


def _text(encoded: bytes) -> str:
    # The manual names no charset, and latin-1 reads any bytes.
    decoded = unquote_to_bytes(encoded.replace(b"+", b" "))
    try:
        return decoded.decode().strip()
    except UnicodeDecodeError:
        return decoded.decode("latin-1").strip()
