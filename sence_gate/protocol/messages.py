"""The forms that we send to SENCE and the answers that come back.

Strict in what is sent: a form that the manual forbids cannot be built, and all its
faults are told at once. Lenient in what arrives: any bytes give a `Callback` or a
`RemoteProtocolError`, because an answer that could not be read must still be kept.

Which answer it is (start or close, success or error) is not read here: the URL
decides that. Nor is anything believed: `Callback.differs_from` only compares.
What a start, its answers and a close share is in `attendance`, with the rules of the
codes (`-1` for one); its names can be had from here too.
Source: manual 1.1.6, sections 3.2 and 3.3, Anexo 1; RFC 1866, section 8.2.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from sence_gate.errors import InvalidRut, LocalProtocolError, RemoteProtocolError
from sence_gate.protocol.attendance import (
    Attendance,
    Environment,
    Faults,
    close_url,
    code_faults,
    start_url,
    text_fault,
    token_faults,
)
from sence_gate.protocol.fields import (
    FIELDS,
    ID_SESION_MAX,
    UNKNOWN_CODE,
    URL_MAX,
    Message,
    fields_of,
)
from sence_gate.protocol.raw import MAX_BODY, MAX_FIELDS, MAX_VALUE, Pairs, pairs_of, worth_keeping
from sence_gate.protocol.rut import Rut

__all__ = [
    "MAX_BODY",
    "Attendance",
    "Callback",
    "CloseForm",
    "Environment",
    "StartForm",
    "close_url",
    "code_faults",
    "id_sesion_sence_faults",
    "parse_callback",
    "start_url",
    "token_faults",
]

_TOKEN_NAME = next(row.wire for row in FIELDS if row.name == "token")
_ECHOED = {row.wire.casefold(): row.name for row in fields_of(Message.START_ERROR)}

_ID = re.compile(r"[A-Za-z0-9._-]*")
_URL = re.compile(r"https?://[A-Za-z0-9._:\[\]-]+([/?][A-Za-z0-9._~:/?@!$&'()*+,;=%\[\]-]*)?")
_NUMBER = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class StartForm:
    """The nine fields that open a session (section 3.2).

    Raises:
        LocalProtocolError: with every fault; nothing was built.
    """

    attendance: Attendance
    token: str = field(repr=False)
    id_sesion_alumno: str = field(repr=False)
    url_retoma: str
    url_error: str

    def __post_init__(self) -> None:
        _refuse(_form_faults(self))

    def wire_fields(self) -> Pairs:
        """Return the name and value pairs to post, in the manual's order."""
        return _wire(Message.START, _values(self))

    def recorded_fields(self) -> Pairs:
        """Return the same pairs as the ledger may keep them: the token is masked."""
        return _without_token(self.wire_fields())


@dataclass(frozen=True, slots=True)
class CloseForm:
    """The ten fields that close a session (section 3.3), with the id that the start's answer brought.

    Raises:
        LocalProtocolError: with every fault; nothing was built.
    """

    attendance: Attendance
    token: str = field(repr=False)
    id_sesion_alumno: str = field(repr=False)
    url_retoma: str
    url_error: str
    id_sesion_sence: str = field(repr=False)

    def __post_init__(self) -> None:
        _refuse((*_form_faults(self), *id_sesion_sence_faults(self.id_sesion_sence)))

    def wire_fields(self) -> Pairs:
        """Return the name and value pairs to post, in the manual's order."""
        return _wire(Message.CLOSE, {**_values(self), "id_sesion_sence": self.id_sesion_sence})

    def recorded_fields(self) -> Pairs:
        """Return the same pairs as the ledger may keep them: the token is masked."""
        return _without_token(self.wire_fields())


def _values(form: StartForm | CloseForm) -> dict[str, str]:
    return {
        "rut_otec": str(form.attendance.rut_otec),
        # SENCE knows tokens in upper case and does not fold them itself.
        "token": form.token.strip().upper(),
        "cod_sence": form.attendance.cod_sence,
        "codigo_curso": form.attendance.codigo_curso,
        "linea_capacitacion": str(form.attendance.linea_capacitacion),
        "run_alumno": str(form.attendance.run_alumno),
        "id_sesion_alumno": form.id_sesion_alumno,
        "url_retoma": form.url_retoma,
        "url_error": form.url_error,
    }


def _wire(message: Message, values: dict[str, str]) -> Pairs:
    return tuple((row.wire, values[row.name]) for row in fields_of(message))


def _without_token(pairs: Pairs) -> Pairs:
    return tuple((name, "***" if name == _TOKEN_NAME else value) for name, value in pairs)


def _refuse(faults: Faults) -> None:
    if faults:
        raise LocalProtocolError(faults)


def _form_faults(form: StartForm | CloseForm) -> Faults:
    sent = form.attendance
    return (
        *code_faults(sent.environment, sent.cod_sence, sent.codigo_curso, sent.linea_capacitacion),
        *token_faults(form.token),
        *_id_sesion_alumno_faults(form.id_sesion_alumno),
        *_url_faults("url_retoma", form.url_retoma),
        *_url_faults("url_error", form.url_error),
    )


def id_sesion_sence_faults(id_sesion_sence: str) -> Faults:
    """Return why SENCE's id of a session could not be sent back, as `(field, what is wrong)`.

    Ask before believing a start: what passes here, a `CloseForm` takes.
    """
    fault = text_fault(id_sesion_sence, ID_SESION_MAX)
    return (("id_sesion_sence", fault),) if fault else ()


def _id_sesion_alumno_faults(id_sesion_alumno: str) -> Faults:
    if _ID.fullmatch(id_sesion_alumno) and 0 < len(id_sesion_alumno) <= ID_SESION_MAX:
        return ()
    return (("id_sesion_alumno", f"must be 1 to {ID_SESION_MAX} letters, digits, dots, dashes or _"),)


def _url_faults(name: str, url: str) -> Faults:
    faults = []
    if len(url) > URL_MAX:
        faults.append(f"must have at most {URL_MAX} characters: shorten public_url or prefix")
    if not _URL.fullmatch(url):
        faults.append("must be an absolute http or https URL in plain ASCII")
    return tuple((name, fault) for fault in faults)


@dataclass(frozen=True, slots=True)
class Callback:
    """One answer of SENCE, as it was written: trimmed, "" where missing, believed in nothing.

    `raw` is what arrived, for the ledger: bounded, and never with a token.
    """

    id_sesion_alumno: str = field(repr=False)
    id_sesion_sence: str = field(repr=False)
    run_alumno: str = field(repr=False)
    cod_sence: str
    codigo_curso: str
    linea_capacitacion: str
    fecha_hora: str
    zona_horaria: str
    glosas: tuple[int, ...]  # empty when no error was given
    raw: Pairs = field(repr=False)

    def attendance(self, environment: Environment, rut_otec: Rut) -> Attendance:
        """Return the echoed values as the start would have sent them.

        Raises:
            RemoteProtocolError: the RUN or the line cannot be read.
        """
        try:
            run_alumno = Rut.parse(self.run_alumno)
        except InvalidRut:
            raise RemoteProtocolError("run_alumno is not a RUN", self.raw) from None
        linea = _number(self.linea_capacitacion)
        if linea is None:
            raise RemoteProtocolError("linea_capacitacion is not a number", self.raw)
        return Attendance(environment, rut_otec, run_alumno, self.cod_sence, self.codigo_curso, linea)

    def differs_from(self, attendance: Attendance) -> tuple[str, ...]:
        """Return our names of the echoed fields that are not what *attendance* sent."""
        same = {
            "cod_sence": self.cod_sence == attendance.cod_sence.strip(),
            "codigo_curso": self.codigo_curso == attendance.codigo_curso.strip(),
            "run_alumno": _is_run(self.run_alumno, attendance.run_alumno),
            "linea_capacitacion": _number(self.linea_capacitacion) == attendance.linea_capacitacion,
        }
        return tuple(name for name, is_same in same.items() if not is_same)


def parse_callback(body: bytes) -> Callback:
    """Return the answer that *body* holds, a form as browsers send it.

    Raises:
        RemoteProtocolError: too long, too many fields, none of SENCE's, or one of
            them with two values. Its `raw` keeps what could be read. Nothing else.
    """
    pairs = pairs_of(body)
    raw = worth_keeping(pairs)
    if len(body) > MAX_BODY:
        raise RemoteProtocolError("the body is too long", raw)
    if len(pairs) > MAX_FIELDS:
        raise RemoteProtocolError("the body has too many fields", raw)
    return callback_of(pairs, raw)


def callback_of(pairs: Pairs, raw: Pairs) -> Callback:
    """Return the answer that *pairs* hold, decoded and trimmed; *raw* is what the ledger keeps of them.

    Raises:
        RemoteProtocolError: none is a field of SENCE's, or one of them has two values.
    """
    values = _echoed(pairs, raw)
    if not values:
        raise RemoteProtocolError("the body has no field of SENCE's", raw)
    glosas = _glosas(values.pop("glosa_error", ""))
    fields = {name: values.get(name, "") for name in _ECHOED.values() if name != "glosa_error"}
    return Callback(**fields, glosas=glosas, raw=raw)


def _echoed(pairs: Iterable[tuple[str, str]], raw: Pairs) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, value in pairs:
        ours = _ECHOED.get(name.casefold())
        if ours is not None and values.setdefault(ours, value[:MAX_VALUE]) != value[:MAX_VALUE]:
            raise RemoteProtocolError(f"{ours} has two values", raw)
    return values


def _glosas(text: str) -> tuple[int, ...]:
    # The manual types it as one integer; in the field it is a list, with any of these separators.
    items = (item.strip() for item in re.split("[;,|]", text))
    codes = (_number(item) for item in items if item)
    return tuple(UNKNOWN_CODE if code is None else code for code in codes if code != 0)


def _number(text: str) -> int | None:
    return int(text) if _NUMBER.fullmatch(text) else None


def _is_run(text: str, run: Rut) -> bool:
    try:
        return Rut.parse(text) == run
    except InvalidRut:
        return False
