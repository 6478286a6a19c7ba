"""Read what people export from spreadsheets: rows of named cells, each with its line.

Excel in Chile writes `;` and Windows-1252, elsewhere commas and UTF-8 with a byte order
mark, as "Unicode text" tabs and UTF-16; it adds empty columns and rows. All of it is
read alike. What cannot be meant is a fault with its line; a column that nobody knows
is left out, unless it is a known one with a slip in it.

The file is read as it stands: whoever changes it meanwhile is found out, so that half
of a file is never taken for the whole.
"""

from __future__ import annotations

import codecs
import csv
import difflib
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import chain, islice
from pathlib import Path
from time import sleep
from typing import Any, BinaryIO

from sence_gate.errors import ConfigurationError

MOST_BYTES = 256 * 1024 * 1024
MOST_TOLD = 100  # faults of one file
DELIMITERS = ";\t,|"
_CHUNK = 1024 * 1024
_PATIENCE = 256  # rows after which other threads get their turn

Row = tuple[int, Sequence[str]]  # line, and the cells in the order of the columns asked for
Signature = tuple[int, int, int, int]


class Changing(Exception):
    """The file was written while it was read: read it again when it is at rest."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, and what people call it."""

    name: str
    others: tuple[str, ...] = ()
    is_required: bool = False


class Faults:
    """What is wrong with one file, line by line; nothing that stands in a cell is repeated."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines: list[str] = []
        self._more = 0

    def add(self, line: int, text: str) -> None:
        """Note a fault of a line."""
        if len(self._lines) < MOST_TOLD:
            self._lines.append(f"{self._path}:{line}: {text}")
        else:
            self._more += 1

    def check(self) -> None:
        """Return when nothing is wrong.

        Raises:
            ConfigurationError: with every line's fault, up to `MOST_TOLD`.
        """
        if self._lines:
            more = (f"{self._path}: and {self._more} more",) if self._more else ()
            raise ConfigurationError((*self._lines, *more))


def signature(path: Path) -> Signature | None:
    """Return what tells one version of a file from the next; None when there is no file."""
    try:
        return _signed(os.stat(path))
    except OSError:
        return None


def read_rows(path: Path, columns: Sequence[Column], faults: Faults) -> Iterator[Row]:
    """Yield the rows of the file that are not empty.

    Raises:
        ConfigurationError: it cannot be read, or lacks a column.
        Changing: it was written meanwhile; what was yielded is worth nothing.
    """
    with _opened(path) as file:
        before = _signed(os.fstat(file.fileno()))
        with _as_csv(path, file) as reader:
            head = _head(reader)
            yield from _cells(reader, head, _places(path, head, columns), faults)
        if _signed(os.fstat(file.fileno())) != before:
            raise Changing


def left_out(path: Path, columns: Sequence[Column]) -> tuple[str, ...]:
    """Return the names of the columns that nobody reads.

    Raises:
        ConfigurationError: the file cannot be read.
    """
    known = {name for column in columns for name in (column.name, *column.others)}
    with _opened(path) as file, _as_csv(path, file) as reader:
        head = _head(reader)
    return tuple(cell.strip() for cell in head if cell.strip() and _plain(cell) not in known)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as file:
            yield file
    except OSError as fault:
        raise _broken(path, f"cannot be read ({fault.strerror}) — check its name and its rights") from None


@contextmanager
def _as_csv(path: Path, file: BinaryIO) -> Iterator[Any]:
    # A wrapper closes what it wraps when it goes; the caller still asks for the file's state.
    lines = TextIOWrapper(file, encoding=_encoding(path, file), newline="")
    try:
        rows, dialect = _divided(lines)
        yield csv.reader(rows, dialect)
    except (csv.Error, UnicodeDecodeError) as fault:
        raise _broken(path, f"is no CSV ({fault}) — save it from the spreadsheet again") from None
    finally:
        lines.detach()


def _encoding(path: Path, file: BinaryIO) -> str:
    start = file.read(4)
    if os.fstat(file.fileno()).st_size > MOST_BYTES:
        raise _broken(path, f"has more than {MOST_BYTES >> 20} MiB — split it")
    is_utf_16 = start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    if not is_utf_16 and (start[:2] in (b"PK", b"\xd0\xcf") or b"\0" in start):
        raise _broken(path, "is a spreadsheet and no CSV — save it as CSV (UTF-8)")
    file.seek(0)
    is_utf_8 = not is_utf_16 and _is_utf_8(file)
    file.seek(0)
    return "utf-16" if is_utf_16 else "utf-8-sig" if is_utf_8 else "latin-1"


def _is_utf_8(file: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := file.read(_CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _divided(lines: Iterable[str]) -> tuple[Iterable[str], type[csv.Dialect]]:
    """Return all the lines again, and what divides their cells: the first one with text tells."""
    source = iter(lines)
    seen = list(islice(source, 50))
    head = next(
        (line for line in seen if line.strip(f"{DELIMITERS} \r\n") and not _names_its_separator(line)), ""
    )

    class Found(csv.excel):
        delimiter = max(DELIMITERS, key=head.count)
        strict = True

    return chain(seen, source), Found


def _head(reader: Iterable[list[str]]) -> list[str]:
    """Return the names of the columns: the first row with text."""
    return next((row for row in reader if any(map(str.strip, row)) and not _names_its_separator(row[0])), [])


def _names_its_separator(start: str) -> bool:
    """Tell whether this is what Excel writes before everything else: `sep=;`."""
    return start.strip().lower().startswith("sep=")


def _places(path: Path, head: Sequence[str], columns: Sequence[Column]) -> tuple[int | None, ...]:
    """Return where each of *columns* stands."""
    found: dict[str, int] = {}
    faults = []
    known = {name: column.name for column in columns for name in (column.name, *column.others)}
    for place, cell in enumerate(head):
        name = _plain(cell)
        column = known.get(name)
        if column and found.setdefault(column, place) != place:
            faults.append(f"has the column {column} twice — remove one")
        elif not column and (meant := difflib.get_close_matches(name, known, 1, 0.8)):
            faults.append(f'has a column "{name[:40]}" — did you mean {known[meant[0]]}?')
    missing = (each.name for each in columns if each.is_required and each.name not in found)
    faults += [f"has no column {name} — name it in the first row" for name in missing]
    if faults:
        raise ConfigurationError(tuple(f"{path}: {fault}" for fault in faults))
    return tuple(found.get(column.name) for column in columns)


def _plain(cell: str) -> str:
    """Return the name of a column in small letters, without accents, its words joined by `_`."""
    letters = unicodedata.normalize("NFKD", cell).encode("ascii", "ignore").decode()
    return "_".join(re.findall(r"[a-z0-9]+", letters.lower()))


def _cells(reader: Any, head: Sequence[str], places: Sequence[int | None], faults: Faults) -> Iterator[Row]:
    width, nothing = len(head), [""] * len(head)
    for count, row in enumerate(reader):
        if not count % _PATIENCE:
            sleep(0)  # a large file is read while requests are answered
        if len(row) != width:
            if any(map(str.strip, row[width:])):
                faults.add(
                    reader.line_num, "has more cells than the first row — look for a separator in a text"
                )
                continue
            row = (row + nothing)[:width]  # noqa: PLW2901 - the same row, as wide as it should be
        cells = [row[place].strip() if place is not None else "" for place in places]
        if any(cells):
            yield reader.line_num, cells


def _signed(state: os.stat_result) -> Signature:
    return state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns


def _broken(path: Path, text: str) -> ConfigurationError:
    return ConfigurationError((f"{path}: {text}",))
