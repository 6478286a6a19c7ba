"""Documents that nobody here wrote: HTML of Debian's packages, as `make documents` unpacks it.

Thousands of pages of several decades: with and without doctype, XHTML sent as HTML,
framesets, gzipped files, pieces of pages, eleven languages, several charsets.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

FOLDER = Path(__file__).parent.parent / ".documents"
PACKAGES = sorted(path.name for path in FOLDER.glob("*/"))


@dataclass(frozen=True)
class Document:
    """One file of a package."""

    package: str
    path: Path

    @cached_property
    def stored(self) -> bytes:
        """The file as a server would send it."""
        return self.path.read_bytes()

    @property
    def is_gzip(self) -> bool:
        return self.path.suffix == ".gz"

    @property
    def page(self) -> bytes:
        return gzip.decompress(self.stored) if self.is_gzip else self.stored

    @property
    def kind(self) -> tuple[object, ...]:
        """What may make a difference: who made it, and what it says at its beginning."""
        start = self.page[:4096].lower()
        patterns = (rb"<!doctype[^>]*>", rb"charset=[\"']?([\w-]+)", rb"<frameset", rb"<\?xml", rb"\A\W*<\w+")
        return (
            self.package,
            *(found and found[0] for found in (re.search(each, start) for each in patterns)),
        )


def documents(package: str) -> Iterator[Document]:
    """Yield the documents of one package, always in the same order."""
    for path in sorted(FOLDER.glob(f"{package}/**/*")):
        if path.is_file() and not path.is_symlink() and re.search(r"\.html?(\.|$)", path.name, re.IGNORECASE):
            yield Document(package, path)


def sample() -> list[Document]:
    """Return the two smallest documents of each kind."""
    kinds: dict[tuple[object, ...], list[Document]] = {}
    for package in PACKAGES:
        for each in documents(package):
            kinds.setdefault(each.kind, []).append(each)
    return [each for kind in kinds.values() for each in sorted(kind, key=lambda one: len(one.stored))[:2]]
