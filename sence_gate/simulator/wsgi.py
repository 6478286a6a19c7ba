"""The simulator for a WSGI server: `granian --interface wsgi sence_gate.simulator.wsgi:application`.

One process: what it remembers is in memory and is not shared.

    SENCE_SIMULATOR_EDITION   `clave-sence` (default: the test environment still
                              serves that login) or `clave-unica`
    SENCE_SIMULATOR_UNLISTED  `refuse` (default) knows the sample registry only;
                              `accept` takes any well-formed OTEC, token and code
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sence_gate.simulator.app import Simulator
from sence_gate.simulator.sample import sample_registry
from sence_gate.simulator.tables import Edition

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def build(environ: Mapping[str, str]) -> Simulator:
    """Return the simulator that *environ* asks for.

    Raises:
        ValueError: a variable has a word that means nothing.
    """
    edition = _word(environ, "SENCE_SIMULATOR_EDITION", list(Edition))
    unlisted = _word(environ, "SENCE_SIMULATOR_UNLISTED", ("refuse", "accept"))
    return Simulator(edition=edition, registry=sample_registry(believes_strangers=unlisted == "accept"))


def _word(environ: Mapping[str, str], name: str, words: Iterable[str]) -> str:
    known = list(words)
    word = environ.get(name) or known[0]
    if word not in known:
        raise ValueError(f"{name}: {word!r} is not one of {', '.join(known)}")
    return word


application = build(os.environ)
