"""How SENCE should misbehave, for tests: per RUN, or once for the next request.

Every switch is something that an integration reported or that the manual's own
samples suggest: several codes in one GlosaError, a blank after a field name, a
missing ZonaHoraria, an IdSesionSence in the answer to a close. What a browser
would do late or twice is left to the page that it gets; the simulator itself
sends nothing.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from sence_gate.simulator.ruts import canonical, is_rut

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_SCRIPTS = 1_000
LATEST = 86_400
_LONGEST_TEXT = 200
_MOST_ITEMS = 20


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One way to answer. The default is the manual's."""

    codes: tuple[int | str, ...] = ()
    """Refuse at once with these, whatever was sent. `("",)` is a GlosaError without a value."""
    every_code: bool = False
    """Report all faults that were found, not the first alone."""
    separator: str = ";"
    late_seconds: float = 0
    """The page waits so long before it sends the learner back."""
    send_twice: bool = False
    never: bool = False
    """SENCE registers what happened and never sends the learner back."""
    blank_after_field_names: bool = False
    """`LineaCapacitacion ` as in the sample of annex 8.4, for every name."""
    upper_case_names: bool = False
    omit_zona_horaria: bool = False
    close_echoes_id: bool = False
    lower_case_k: bool = False
    extra_fields: tuple[tuple[str, str], ...] = ()
    """Added to the answer; one with a name of the manual takes that field's place."""

    def reported(self, codes: tuple[int | str, ...]) -> tuple[str, ...]:
        """Return which of *codes* SENCE tells: all of a script, else the first unless told otherwise."""
        told = codes if self.every_code or self.codes else codes[:1]
        return tuple(map(str, told))


MANUAL_BEHAVIOUR = Behaviour()


class Scripts:
    """Which behaviour the next POST gets: the queue first, then its RUN's, then the default. Thread-safe."""

    def __init__(self, default: Behaviour = MANUAL_BEHAVIOUR) -> None:
        self._default = default
        self._by_run: OrderedDict[str, Behaviour] = OrderedDict()
        self._queue: deque[Behaviour] = deque(maxlen=MOST_SCRIPTS)
        self._lock = threading.Lock()

    def script(self, run: str, behaviour: Behaviour | None) -> None:
        """Answer *run* with *behaviour* from now on; None returns to the default.

        Raises:
            ValueError: *run* is no RUN.
        """
        name = canonical(run)
        if not is_rut(name):
            raise ValueError("run: no es un RUN válido (12345678-5)")
        with self._lock:
            self._by_run.pop(name, None)
            if behaviour is not None:
                self._by_run[name] = behaviour
            if len(self._by_run) > MOST_SCRIPTS:
                self._by_run.popitem(last=False)

    def queue(self, behaviour: Behaviour) -> None:
        """Answer the next POST with *behaviour*, whoever sends it; further calls line up behind."""
        with self._lock:
            self._queue.append(behaviour)

    def clear(self) -> None:
        """Forget every script and empty the queue."""
        with self._lock:
            self._by_run.clear()
            self._queue.clear()

    def take(self, run: str) -> Behaviour:
        """Return the behaviour for a POST of *run*; one from the queue is used up."""
        with self._lock:
            if self._queue:
                return self._queue.popleft()
            return self._by_run.get(canonical(run), self._default)


def behaviour_of(data: Mapping[str, object]) -> Behaviour:
    """Return the behaviour that *data*, a JSON object with the names of `Behaviour`, describes.

    Raises:
        ValueError: an unknown name, or a value of another kind or size; the message names it.
    """
    known = {each.name for each in fields(Behaviour)}
    for name in data:
        if name not in known:
            raise ValueError(f"{name[:_LONGEST_TEXT]}: no existe; hay {', '.join(sorted(known))}")
    return _Reader(data).behaviour()


@dataclass(frozen=True, slots=True)
class _Reader:
    """Turns JSON values into the types of `Behaviour`, one method per type."""

    data: Mapping[str, object] = field(repr=False)

    def behaviour(self) -> Behaviour:
        return Behaviour(
            codes=self._codes(),
            every_code=self._flag("every_code"),
            separator=self._text("separator", self.data.get("separator", ";")),
            late_seconds=self._seconds(),
            send_twice=self._flag("send_twice"),
            never=self._flag("never"),
            blank_after_field_names=self._flag("blank_after_field_names"),
            upper_case_names=self._flag("upper_case_names"),
            omit_zona_horaria=self._flag("omit_zona_horaria"),
            close_echoes_id=self._flag("close_echoes_id"),
            lower_case_k=self._flag("lower_case_k"),
            extra_fields=self._extra_fields(),
        )

    def _flag(self, name: str) -> bool:
        value = self.data.get(name, False)
        if not isinstance(value, bool):
            raise ValueError(f"{name}: debe ser true o false")  # noqa: TRY004 - one error for all bad input
        return value

    def _text(self, name: str, value: object) -> str:
        # Printable leaves out lone surrogates, which JSON can spell and UTF-8 cannot.
        if not isinstance(value, str) or len(value) > _LONGEST_TEXT or not value.isprintable():
            raise ValueError(f"{name}: debe ser un texto de hasta {_LONGEST_TEXT} caracteres visibles")
        return value

    def _seconds(self) -> float:
        value = self.data.get("late_seconds", 0)
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not is_number or not 0 <= float(str(value)) <= LATEST:
            raise ValueError(f"late_seconds: debe ser un número entre 0 y {LATEST}")
        return float(str(value))

    def _codes(self) -> tuple[int | str, ...]:
        value = self.data.get("codes", [])
        if not isinstance(value, list) or len(value) > _MOST_ITEMS:
            raise ValueError(f"codes: debe ser una lista de hasta {_MOST_ITEMS} códigos")
        return tuple(self._text("codes", str(code)) for code in value)

    def _extra_fields(self) -> tuple[tuple[str, str], ...]:
        value = self.data.get("extra_fields", {})
        if not isinstance(value, dict) or len(value) > _MOST_ITEMS:
            raise ValueError(f"extra_fields: debe ser un objeto de hasta {_MOST_ITEMS} campos")
        return tuple(
            (self._text("extra_fields", name), self._text("extra_fields", text))
            for name, text in value.items()
        )
