"""What servers, frameworks, databases and file systems do to a path.

Each function of STEPS is one such habit, alone; `paths.py` applies them in any
order. Nothing here decides anything, and no step is "right": each one is
somebody's behaviour. What they do to single names is in `names.py`.

Paths are native strings as in PEP 3333: one character per byte (latin-1).
Source: RFC 3986 section 5.2.4, RFC 3629 section 10, UAX 15, and the public
advisories on gates that read a path otherwise than what stood behind them.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# Normalising is quadratic in a run of combining marks: short runs keep it linear.
_NOT_ASCII = re.compile(r"[^\x00-\x7f]{1,32}")
_OVERLONG = re.compile(
    r"[\xc0\xc1][\x00-\xff]|\xe0[\x80-\x9f][\x80-\xbf]|\xf0[\x80-\x8f][\x80-\xbf]{2}"
    r"|\xf8[\x80-\x87][\x80-\xbf]{3}|\xfc[\x80-\x83][\x80-\xbf]{4}"
)
_PERCENT_U = re.compile(r"%[uU]([0-9A-Fa-f]{4})")
_ENCODED_SLASH = re.compile(r"%(2[fF])")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2}|[uU][0-9A-Fa-f]{4})")
_PARAMETERS = re.compile(r";[^/]*")
_SLASHES = re.compile(r"//+")
_STREAM = re.compile(r":[^/:]*:\$[^/]*")
_ESCAPED_BYTES = {0xDC00 + byte: byte for byte in range(0x80, 0x100)}
# Windows' best fit for Western code pages maps these, and NFKC does not.
_BEST_FIT = str.maketrans("⁄∕∖", "//\\")
_MOST_ROUNDS = 8


def as_text(native: str) -> str:
    """Return the text of a native string: UTF-8, and latin-1 where that is not UTF-8."""
    return as_bytes(native).decode("utf-8", "surrogateescape").translate(_ESCAPED_BYTES)


def as_native(text: str) -> str:
    """Return the native string of *text* in UTF-8; `as_text` is the inverse."""
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


def as_bytes(native: str) -> bytes:
    """Return the bytes of a native string; what is no byte becomes a question mark."""
    return native.encode("latin-1", "replace")


def readings(native: str) -> Iterable[str]:
    """Return the texts that a native string stands for: as UTF-8 and as latin-1."""
    return (native,) if native.isascii() else dict.fromkeys((as_text(native), native))


def fully_decoded(native: str) -> list[str]:
    """Return *native* and what each further round of all decodings makes of it."""
    rounds = [native]
    for _ in range(_MOST_ROUNDS):
        decoded = _overlong(percent_decoded(_percent_u(rounds[-1])))
        if decoded == rounds[-1]:
            break
        rounds.append(decoded)
    return rounds


def percent_decoded(native: str) -> str:
    """Return *native* without one layer of percent-encoding, as every server does."""
    return unquote_to_bytes(as_bytes(native)).decode("latin-1") if "%" in native else native


def _percent_but_slash(form: str) -> str:
    """One layer within segments (cheroot, Tomcat, Express): an encoded slash does not divide."""
    return percent_decoded(_ENCODED_SLASH.sub(r"%25\1", form)) if "%2" in form else form


def _percent_u(form: str) -> str:
    """The spelling of ECMAScript's `escape` (IIS, older Java and .NET)."""
    return _PERCENT_U.sub(lambda code: as_native(chr(int(code[1], 16))), form) if "%" in form else form


def _without_stray_percents(form: str) -> str:
    """Classic ASP skips a percent sign that introduces nothing."""
    return _STRAY_PERCENT.sub("", form) if "%" in form else form


def _overlong(form: str) -> str:
    """UTF-8 by decoders that do not look for the shortest spelling (RFC 3629, section 10)."""
    return form if form.isascii() else _OVERLONG.sub(_short_spelling, form)


def _short_spelling(sequence: re.Match[str]) -> str:
    first, *others = as_bytes(sequence[0])
    code = first & (0x1F if len(others) == 1 else 0x3F >> len(others))
    for byte in others:
        code = code << 6 | byte & 0x3F
    # Five and six bytes have room for more than Unicode has: such a sequence spells nothing.
    return as_native(chr(code)) if code <= sys.maxunicode else sequence[0]


def _without_undecodable(form: str) -> str:
    """Decoders told to ignore what is not UTF-8 (PHP's iconv, Python's "ignore")."""
    return form if form.isascii() else as_native(as_bytes(form).decode("utf-8", "ignore"))


def _compatible(form: str) -> str:
    """NFKC and best fit: full-width dots and slashes become real ones."""
    if form.isascii():
        return form
    text = as_text(form)
    compatible = _NOT_ASCII.sub(lambda run: unicodedata.normalize("NFKC", run[0]), text.translate(_BEST_FIT))
    return form if compatible == text else as_native(compatible)


def _backslashes(form: str) -> str:
    return form.replace("\\", "/")


def _plus_signs(form: str) -> str:
    """PHP's urldecode, where rawurldecode was meant."""
    return form.replace("+", " ")


def _without_parameters(form: str) -> str:
    """Java's servers take `;name=value` off each segment."""
    return _PARAMETERS.sub("", form) if ";" in form else form


def _cut(mark: str) -> Callable[[str], str]:
    def cut(form: str) -> str:
        return form.partition(mark)[0]

    return cut


def _without_authority(form: str) -> str:
    """A target that begins with two slashes is `//host/path` to URL parsers."""
    return "/" + form[2:].partition("/")[2] if form.startswith("//") else form


def _single_slashes(form: str) -> str:
    return _SLASHES.sub("/", form) if "//" in form else form


def _without_dot_segments(form: str) -> str:
    if "/." not in form:
        return form
    kept: list[str] = []
    segments = form.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in {".", ".."}:
        kept.append("")
    return "/" + "/".join(kept)


def _file_names(form: str) -> str:
    """Windows drops dots and spaces at the end of a name, and the name of a stream."""
    return "/".join(map(_file_name, _STREAM.sub("", form).split("/")))


def _file_name(segment: str) -> str:
    bare = segment.strip(" ")
    return bare if bare in {".", ".."} else bare.rstrip(". ")


STEPS: tuple[Callable[[str], str], ...] = (
    percent_decoded,
    _percent_but_slash,
    _percent_u,
    _without_stray_percents,
    _overlong,
    _without_undecodable,
    _compatible,
    _backslashes,
    _plus_signs,
    _without_parameters,
    # `&` ends a path that Apache's mod_rewrite puts into a query: `?q=$1`.
    *map(_cut, "?#;&"),
    _without_authority,
    _single_slashes,
    _without_dot_segments,
    _file_names,
)
