"""The worlds of these trips, and templates that are compiled once for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from types import CodeType

import jinja2
import pytest
from jinja2.bccache import Bucket

from tests.journey.world import each_edition, plain_world, world_maker

__all__ = ["each_edition", "plain_world", "world_maker"]

WITH_TEMPLATES = ("sence_gate.pages.rendering", "sence_gate.simulator.pages", "sence_gate.demo.exchange")


class Compiled(jinja2.BytecodeCache):
    """Templates compiled in this process, by name, file and content."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give *bucket* its code, if it was compiled before."""
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code of *bucket*."""
        assert bucket.code
        self._codes[bucket.key, bucket.checksum] = bucket.code


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    """Let the hundreds of gates that start here share their compiled templates: two thirds of the time."""
    with pytest.MonkeyPatch.context() as patch:
        environment = partial(jinja2.Environment, bytecode_cache=Compiled())
        for module in WITH_TEMPLATES:
            patch.setattr(f"{module}.Environment", environment)
        yield
