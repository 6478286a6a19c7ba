"""Reports for other programs: CSV for spreadsheets, JSON for the rest.

A callback comes through the learner's browser, so its texts may have been written by
anybody, and a spreadsheet runs a cell that begins with "=" (CWE-1236). An apostrophe
before it makes it text, also where a code would lose digits. It is also put after a
separator inside a cell: a spreadsheet that was told another separator begins a cell
there. Plain numbers stay as they are.
Quoting is the csv module's (RFC 4180).

JSON is one object per line: it can be read while it is written, at any length.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TextIO, TypeVar

from sence_gate.report.columns import Column, Value

T = TypeVar("T")

# Beside the four ASCII characters, their full-width forms, which some spreadsheets read alike.
_FORMULA = re.compile("(?:\\A|(?<=[;,|\t\r\n]))(?=[ \"']*[=+\\-@\t\r\n＝＋－＠])")
# What a spreadsheet keeps as another number or a day: zeros in front, more digits than it has, 12E34, 1-9.
_ALTERED = re.compile(r"'*(0[0-9]+|[0-9]{16,}|[0-9]+[Ee][0-9]+|[0-9]{1,4}-[0-9]{1,2})")
# Nothing in it is dangerous, and nothing that could begin a formula stands first: most cells.
_HARMLESS = re.compile(r"[0-9A-Za-z][0-9A-Za-z :+-]*")
_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?")
_JOINT = " | "
# What steers a terminal, for files are looked at there too (CWE-150). The first are escaped by JSON itself.
_STEERING = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_STEERING_IN_JSON = re.compile("[\x7f-\x9f]")


def cell(text: str) -> str:
    """Return *text* so that a spreadsheet keeps it and runs no formula, and a terminal no command."""
    if _ALTERED.fullmatch(text):
        return f"'{text}"
    if not text or _HARMLESS.fullmatch(text) or _NUMBER.fullmatch(text):
        return text
    return _FORMULA.sub("'", _STEERING.sub("\N{REPLACEMENT CHARACTER}", text))


def json_line(values: Mapping[str, object]) -> str:
    """Return *values* as JSON on one line, readable, and without what steers a terminal."""
    text = json.dumps(values, ensure_ascii=False)
    return _STEERING_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def write_csv(file: TextIO, columns: Sequence[Column[T]], rows: Iterable[T], separator: str = ";") -> None:
    """Write a line of names and a line per row; the file's encoding gives the byte order mark."""
    writer = csv.writer(file, delimiter=separator, lineterminator="\r\n")
    writer.writerow(column.name for column in columns)
    for row in rows:
        writer.writerow(cell(_flat(column.value(row))) for column in columns)


def write_json(file: TextIO, columns: Sequence[Column[T]], rows: Iterable[T]) -> None:
    """Write one object per line."""
    for row in rows:
        values = {column.name: column.value(row) for column in columns}
        file.write(json_line(values) + "\n")


def _flat(value: Value) -> str:
    if isinstance(value, tuple):
        return _JOINT.join(str(each) for each in value)
    return "" if value is None else str(value)
