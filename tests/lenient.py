"""A careless reader of paths, as an oracle for `sence_gate.paths`.

It shares no code with the package and works the other way round: instead of
collecting every reading, it follows one list of habits, in the order given,
and says where it arrived. A test deals the habits at random: wherever this
reader arrives, the rules must have looked. What it then takes for the same
name, it decides with the casts and parsers that platforms have, one at a time.
"""

from __future__ import annotations

import posixpath
import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def read(path: bytes, habits: Sequence[str]) -> bytes:
    """Return where a platform with these habits, in this order, arrives."""
    for habit in habits:
        path = HABITS[habit](path)
    return path


def lies_under(path: bytes, branch: str) -> bool:
    """Tell whether careless eyes see *path* in *branch*: by any comparison, in UTF-8 or latin-1."""
    wanted = branch.strip("/").split("/")
    texts = (path.decode("utf-8", "replace"), path.decode("utf-8", "ignore"), path.decode("latin-1"))
    return any(_begins_with(text.strip("/").split("/"), wanted) for text in texts)


@lru_cache(100_000)
def is_same(name: str, want: str) -> bool:
    """Tell whether some platform takes *name* for *want*."""
    comparisons = COMPARISONS | CASTS if want.isdecimal() else COMPARISONS
    return any(comparison(name) == comparison(want) != "" for comparison in comparisons.values())


def is_exactly_under(path: bytes, branch: str) -> bool:
    """Tell whether *path* stands in *branch* byte for byte."""
    return path == branch.rstrip("/").encode() or path.startswith(branch.rstrip("/").encode() + b"/")


def _begins_with(names: list[str], wanted: list[str]) -> bool:
    return len(names) >= len(wanted) and all(
        is_same(name, want) or (name != "" and want.startswith("{"))
        for name, want in zip(names, wanted, strict=False)
    )


def fold_case(name: str) -> str:
    """As frameworks do that normalise identifiers."""
    return unicodedata.normalize("NFKC", name).casefold()


def collate(name: str) -> str:
    """As MySQL's utf8mb4_0900_ai_ci: letters without what hangs on them."""
    lower = unicodedata.normalize("NFKD", name).lower().translate(LETTERS)
    return "".join(DIGITS.get(c, c) for c in lower if not unicodedata.combining(c))


def collate_in_general(name: str) -> str:
    """As MySQL's utf8mb4_general_ci: one letter for one, and none has a stroke."""
    parts = (unicodedata.normalize("NFD", character)[0] for character in name.upper().replace("SS", "ss"))
    return "".join(parts) if "ß" not in name else collate_in_general(name.replace("ß", "s"))


def cast_in_python(name: str) -> str | int:
    """As the integer converter of a router that matches any digit."""
    return _or_nothing(int, name)


def cast_in_javascript(name: str) -> str | int:
    """As Math.round(Number(name))."""
    return _or_nothing(lambda text: int(float(text) + 0.5), name)


def cast_in_php(name: str) -> str | int:
    """As (int) and absint: what stands at the beginning is enough, and no sign is left."""
    found = re.match(r"\s*[+-]?([0-9]+)", name)
    return int(found[1]) if found else ""


def cast_to_32_bits(name: str) -> str | int:
    """As languages do whose integers are short."""
    number = cast_in_python(name)
    return number if number == "" else int(number) % 2**32


def parse_uuid(name: str) -> str | int:
    """As any library does that knows RFC 9562."""
    return _or_nothing(lambda text: UUID(text).int, name)


def make_slug(name: str) -> str:
    """As WordPress does with what it looks up."""
    text = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[\s.-]+", "-", re.sub(r"[^\w\s.%-]", "", text)).strip("-")


def _or_nothing(cast: Callable[[str], int], name: str) -> str | int:
    try:
        return cast(name)
    except (ValueError, OverflowError):
        return ""


LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ħ": "h", "æ": "ae", "œ": "oe", "ß": "ss", "ð": "d", "ı": "i", "ŧ": "t"}
)
DIGITS = {
    chr(code): str(unicodedata.decimal(chr(code)))
    for code in range(0x110000)
    if unicodedata.category(chr(code)) == "Nd"
}
COMPARISONS: dict[str, Callable[[str], str | int]] = {
    "case": fold_case,
    "MySQL": collate,
    "MySQL before 8": collate_in_general,
    "UUID": parse_uuid,
    "slug": make_slug,
}
CASTS: dict[str, Callable[[str], str | int]] = {
    "Python": cast_in_python,
    "JavaScript": cast_in_javascript,
    "PHP": cast_in_php,
    "32 bits": cast_to_32_bits,
}


def decode_until_nothing_changes(path: bytes) -> bytes:
    """As a filter does that wants to be thorough."""
    while (decoded := decode_once(path)) != path:
        path = decoded
    return path


def decode_once(path: bytes) -> bytes:
    """As every server does."""
    return unquote(path.decode("latin-1"), encoding="latin-1").encode("latin-1")


def decode_names(path: bytes) -> bytes:
    """As a router does that divides first."""
    return b"/".join(decode_once(name).replace(b"/", b"%2F") for name in path.split(b"/"))


def decode_wide_escapes(path: bytes) -> bytes:
    """As IIS does."""
    found = re.split(rb"%u([0-9a-fA-F]{4})", path)
    found[1::2] = [chr(int(code, 16)).encode("utf-8", "surrogatepass") for code in found[1::2]]
    return b"".join(found)


def shorten_overlong(path: bytes) -> bytes:
    """As decoders did before RFC 3629, for the three characters that matter."""
    for character in b"./\\":
        low = 0x80 | character & 0x3F
        path = path.replace(bytes([0xC0 | character >> 6, low]), bytes([character]))
        path = path.replace(bytes([0xE0, 0x80 | character >> 6, low]), bytes([character]))
    return path


def forget_parameters(path: bytes) -> bytes:
    """As Tomcat does."""
    return b"/".join(name.split(b";")[0] for name in path.split(b"/"))


def resolve(path: bytes) -> bytes:
    """As file systems do."""
    return re.sub(rb"\A//", b"/", posixpath.normpath(path))


def resolve_as_browsers_do(path: bytes) -> bytes:
    """As RFC 3986 does: an empty name is a name."""
    names: list[bytes] = []
    for name in path.split(b"/")[1:]:
        match name:
            case b"..":
                names = names[:-1]
            case b".":
                pass
            case _:
                names += [name]
    return b"/" + b"/".join(names)


def drop_ends_of_names(path: bytes) -> bytes:
    """As Windows does."""
    names = path.split(b"/")
    return b"/".join(name if name in {b".", b".."} else name.rstrip(b". ") for name in names)


def compose(path: bytes) -> bytes:
    """As frameworks do that normalise all text."""
    try:
        return unicodedata.normalize("NFKC", path.decode()).encode()
    except UnicodeDecodeError:
        return path


def take_for_url(path: bytes) -> bytes:
    """As URL parsers do with two slashes in front."""
    return b"/" + b"/".join(path.split(b"/")[3:]) if path.startswith(b"//") else path


HABITS: dict[str, Callable[[bytes], bytes]] = {
    "decode once": decode_once,
    "decode all": decode_until_nothing_changes,
    "decode names": decode_names,
    "wide escapes": decode_wide_escapes,
    "overlong": shorten_overlong,
    "backslashes": lambda path: path.replace(b"\\", b"/"),
    "plus": lambda path: path.replace(b"+", b" "),
    "parameters": forget_parameters,
    "one slash": lambda path: re.sub(rb"/+", b"/", path),
    "resolve": resolve,
    "resolve like a browser": resolve_as_browsers_do,
    "names": drop_ends_of_names,
    "query": lambda path: path.split(b"?")[0],
    "fragment": lambda path: path.split(b"#")[0],
    "compose": compose,
    "ignore what is not UTF-8": lambda path: path.decode("utf-8", "ignore").encode(),
    "url": take_for_url,
}
