"""Strict in what is sent, lenient in what arrives."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sence_gate.errors import LocalProtocolError, RemoteProtocolError
from sence_gate.protocol.fields import UNKNOWN_CODE
from sence_gate.protocol.messages import (
    Attendance,
    Callback,
    CloseForm,
    Environment,
    StartForm,
    id_sesion_sence_faults,
    parse_callback,
)
from sence_gate.protocol.raw import MAX_BODY, MAX_FIELDS, MAX_VALUE
from sence_gate.protocol.rut import Rut

_OTEC = Rut.parse("76543210-3")
_SENT = Attendance(Environment.TEST, _OTEC, Rut.parse("12345670-K"), "1237894560", "5123456", 3)
_START = StartForm(
    _SENT, " abcd-0001 ", "excel.1.x_y-z", "https://campus.otec.cl/ok", "https://token.cl/error"
)
_CLOSE = CloseForm(
    _SENT,
    "ABCD-0001",
    "excel.1.x_y-z",
    "https://campus.otec.cl/ok",
    "https://token.cl/error",
    "987/AB=",
)
_ANSWER = {
    "CodSence": "1237894560",
    "CodigoCurso": "5123456",
    "IdSesionAlumno": "excel.1.x_y-z",
    "IdSesionSence": "987/AB=",
    "RunAlumno": "12345670-k",
    "FechaHora": "2024-05-06 07:08:09",
    "ZonaHoraria": "América/Santiago",
    "LineaCapacitacion": "3",
}


def _answer(**changed: str) -> Callback:
    return parse_callback(urlencode({**_ANSWER, **changed}).encode())


def test_a_start_sends_nine_fields_in_the_manuals_order() -> None:
    """The token goes out trimmed and in capitals, the RUN canonical."""
    assert _START.wire_fields() == (
        ("RutOtec", "76543210-3"),
        ("Token", "ABCD-0001"),
        ("CodSence", "1237894560"),
        ("CodigoCurso", "5123456"),
        ("LineaCapacitacion", "3"),
        ("RunAlumno", "12345670-K"),
        ("IdSesionAlumno", "excel.1.x_y-z"),
        ("UrlRetoma", "https://campus.otec.cl/ok"),
        ("UrlError", "https://token.cl/error"),
    )


def test_a_close_sends_the_same_and_sences_id_before_the_urls() -> None:
    """Ten fields; SENCE's id goes back exactly as it came."""
    start = _START.wire_fields()

    assert _CLOSE.wire_fields() == (*start[:7], ("IdSesionSence", "987/AB="), *start[7:])


@pytest.mark.parametrize("form", [pytest.param(_START, id="start"), pytest.param(_CLOSE, id="close")])
def test_the_ledger_keeps_what_was_sent_but_for_the_token(form: StartForm | CloseForm) -> None:
    """Everything that SENCE could be asked about is there, unchanged."""
    sent, recorded = dict(form.wire_fields()), dict(form.recorded_fields())

    assert recorded == {**sent, "Token": "***"}
    assert list(recorded) == list(sent)


@pytest.mark.parametrize("form", [pytest.param(_START, id="start"), pytest.param(_CLOSE, id="close")])
def test_a_form_never_shows_its_secrets(form: StartForm | CloseForm) -> None:
    """Neither token, RUN nor session ids reach a log through `repr`."""
    shown = repr(form).lower()

    assert not any(secret in shown for secret in ("abcd", "12345670", "excel.1", "987/ab"))


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        pytest.param("token", "", "must not be empty", id="no token"),
        pytest.param("id_sesion_alumno", "", "1 to 149", id="empty id"),
        pytest.param("id_sesion_alumno", "a" * 150, "1 to 149", id="long id"),
        pytest.param("id_sesion_alumno", "a b", "1 to 149", id="blank in the id"),
        pytest.param("id_sesion_alumno", "ñ", "1 to 149", id="letter that is not ASCII"),
        pytest.param("id_sesion_alumno", "a\n", "1 to 149", id="line break after the id"),
        pytest.param("url_retoma", "https://a.cl/" + "x" * 88, "at most 100", id="101 characters"),
        pytest.param("url_error", "/inicio/error", "absolute", id="relative"),
        pytest.param("url_error", "ftp://a.cl/", "absolute", id="another scheme"),
        pytest.param("url_error", "https:///error", "absolute", id="no host"),
        pytest.param("url_retoma", "https://a.cl/ñ", "absolute", id="URL that is not ASCII"),
        pytest.param("url_retoma", "https://a.cl/o k", "absolute", id="blank in the URL"),
        pytest.param("url_retoma", "https://a.cl/#x", "absolute", id="fragment"),
        pytest.param("url_retoma", "https://a.cl/ok\n", "absolute", id="line break after the URL"),
        pytest.param("url_retoma", "javascript:alert(1)", "absolute", id="script"),
    ],
)
def test_a_form_that_the_manual_forbids_cannot_be_built(name: str, value: str, words: str) -> None:
    """The fault names our field and says what is wrong, without the value."""
    with pytest.raises(LocalProtocolError) as caught:
        replace(_START, **{name: value})  # type: ignore[arg-type]  # the table names the field

    [(field, text)] = caught.value.faults
    assert field == name
    assert words in text


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("https://a.cl/" + "x" * 87, id="100 characters"),
        pytest.param("http://localhost/exito.asp", id="the manual's sample"),
        pytest.param("http://localhost:8000/_sence/inicio/ok?a=b&c=%26", id="port and query"),
        pytest.param("http://[::1]:8000", id="no path"),
    ],
)
def test_a_url_within_the_manual_is_taken(url: str) -> None:
    """The limit itself, and what developers use, pass."""
    assert replace(_START, url_retoma=url).url_retoma == url


def test_the_longest_id_is_taken() -> None:
    """149 characters fit."""
    assert replace(_START, id_sesion_alumno="a" * 149).id_sesion_alumno == "a" * 149


def test_a_form_tells_all_its_faults_at_once() -> None:
    """Codes, token, id, both URLs and SENCE's id: one exception."""
    wrong = replace(_SENT, environment=Environment.PRODUCTION, cod_sence="-1", linea_capacitacion=4)
    with pytest.raises(LocalProtocolError) as caught:
        CloseForm(wrong, "a b", "", "x", "y", "")

    told = {name for name, _ in caught.value.faults}
    assert told == {
        *("cod_sence", "linea_capacitacion", "token", "id_sesion_alumno"),
        *("url_retoma", "url_error", "id_sesion_sence"),
    }


@pytest.mark.parametrize(
    ("id_sesion_sence", "words"),
    [
        pytest.param("", "blank", id="empty"),
        pytest.param("9" * 150, "at most 149", id="too long"),
        pytest.param("9\x07", "invisible", id="control character"),
    ],
)
def test_an_id_of_sence_that_could_not_be_sent_back_is_told(id_sesion_sence: str, words: str) -> None:
    """Whoever asks first never opens a session that cannot be closed."""
    [(name, text)] = id_sesion_sence_faults(id_sesion_sence)

    assert name == "id_sesion_sence"
    assert words in text


def test_an_answer_is_read_field_by_field() -> None:
    """A form as a browser sends it, with an accent in it."""
    answer = _answer()

    assert answer.id_sesion_alumno == "excel.1.x_y-z"
    assert answer.id_sesion_sence == "987/AB="
    assert answer.run_alumno == "12345670-k"
    assert (answer.cod_sence, answer.codigo_curso, answer.linea_capacitacion) == (
        "1237894560",
        "5123456",
        "3",
    )
    assert (answer.fecha_hora, answer.zona_horaria) == ("2024-05-06 07:08:09", "América/Santiago")
    assert answer.glosas == ()
    assert answer.raw == tuple(_ANSWER.items())


@pytest.mark.parametrize(
    ("body", "line"),
    [
        pytest.param(b"LineaCapacitacion=3", "3", id="plain"),
        pytest.param(b"LineaCapacitacion+=3", "3", id="blank after the name, as in the manual's sample"),
        pytest.param(b"%20lineacapacitacion=+3%20", "3", id="no capitals, blanks everywhere"),
        pytest.param(b"%4CINEACAPACITACION=%33", "3", id="percent-encoded name"),
        pytest.param(b"&&LineaCapacitacion=3&", "3", id="empty pieces"),
        pytest.param(b"LineaCapacitacion=a=b", "a=b", id="equal sign in the value"),
        pytest.param(
            b"LineaCapacitacion=1;LineaCapacitacion=3", "1;LineaCapacitacion=3", id="; separates nothing"
        ),
        pytest.param(b"LineaCapacitacion=%zz%2", "%zz%2", id="broken escapes stay"),
        pytest.param(b"LineaCapacitacion=Am%E9rica", "América", id="latin-1 where UTF-8 fails"),
        pytest.param(b"LineaCapacitacion=Am%C3%A9rica", "América", id="UTF-8"),
        pytest.param(b"LineaCapacitacion=Am\xc3\xa9rica", "América", id="raw UTF-8"),
        pytest.param(b"LineaCapacitacion", "", id="name alone"),
        pytest.param(b"LineaCapacitacion=3&lineacapacitacion+=+3", "3", id="the same twice"),
    ],
)
def test_names_and_values_are_read_leniently(body: bytes, line: str) -> None:
    """What a server of another make writes is still understood."""
    assert parse_callback(body).linea_capacitacion == line


def test_what_is_missing_is_empty() -> None:
    """One known field is enough; a confirmed close has no id of SENCE's."""
    answer = parse_callback(b"RunAlumno=1-9&Otro=x")

    assert (answer.id_sesion_sence, answer.zona_horaria, answer.cod_sence) == ("", "", "")
    assert answer.raw == (("RunAlumno", "1-9"), ("Otro", "x"))


@pytest.mark.parametrize(
    ("text", "glosas"),
    [
        pytest.param("", (), id="empty"),
        pytest.param("0", (), id="zero"),
        pytest.param("000; 0", (), id="zeros"),
        pytest.param("211", (211,), id="one"),
        pytest.param("211;204", (211, 204), id="semicolon"),
        pytest.param(" 211 , 204 ", (211, 204), id="comma and blanks"),
        pytest.param("211|204;", (211, 204), id="bar, and nothing after"),
        pytest.param("999", (999,), id="a code of no edition is kept"),
        pytest.param("Error", (UNKNOWN_CODE,), id="text"),
        pytest.param("-1;204.5;204", (UNKNOWN_CODE, UNKNOWN_CODE, 204), id="not whole numbers"),
        pytest.param("２０４", (UNKNOWN_CODE,), id="digits of another script"),
        pytest.param("9" * 5_000, (UNKNOWN_CODE,), id="absurdly long"),
    ],
)
def test_the_errors_are_a_list(text: str, glosas: tuple[int, ...]) -> None:
    """In the field several codes come at once; what is no number is an unknown error."""
    assert _answer(GlosaError=text).glosas == glosas


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(b"", "no field", id="empty"),
        pytest.param(b"a=1&b=2", "no field", id="strangers only"),
        pytest.param(b"RutOtec=76543210-3", "no field", id="a field that SENCE never sends"),
        pytest.param(b'{"RunAlumno": "1-9"}', "no field", id="JSON"),
        pytest.param(b"RunAlumno=1-9&RUNALUMNO=2-7", "run_alumno has two values", id="two values"),
        pytest.param(b"RunAlumno=1-9&" + b"x" * MAX_BODY, "too long", id="too long"),
        pytest.param(b"&".join([b"RunAlumno=1-9"] * (MAX_FIELDS + 1)), "too many", id="too many fields"),
    ],
)
def test_what_is_no_answer_of_the_manual_is_refused(body: bytes, reason: str) -> None:
    """The reason never quotes a value, so that it can be logged."""
    with pytest.raises(RemoteProtocolError, match=reason) as caught:
        parse_callback(body)

    assert "1-9" not in str(caught.value)


def test_the_limits_themselves_are_allowed() -> None:
    """A body of 64 KiB and a hundred fields are read."""
    filler = b"x" * (MAX_BODY - len(b"RunAlumno=1-9&x="))
    assert parse_callback(b"RunAlumno=1-9&x=" + filler).run_alumno == "1-9"
    assert parse_callback(b"&".join([b"RunAlumno=1-9"] * MAX_FIELDS)).run_alumno == "1-9"


def test_what_is_kept_of_a_refused_body_is_bounded() -> None:
    """The ledger gets what could be read, never megabytes."""
    body = b"RunAlumno=1-9&" + b"n" * 3_000 + b"=" + b"v" * 3_000 + b"&a=b" * 40_000
    with pytest.raises(RemoteProtocolError) as caught:
        parse_callback(body)

    raw = caught.value.raw
    assert raw[0] == ("RunAlumno", "1-9")
    assert len(raw) == MAX_FIELDS
    assert max(len(text) for pair in raw for text in pair) == MAX_VALUE


def test_a_long_value_is_cut_in_the_field_too() -> None:
    """Nobody downstream meets more than what is kept."""
    assert _answer(ZonaHoraria="z" * 3_000).zona_horaria == "z" * MAX_VALUE


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"RunAlumno=1-9&Token=SECRET", id="plain"),
        pytest.param(b"RunAlumno=1-9&+tOkEn+=SECRET&Token=OTHER-SECRET", id="blanks, case, twice"),
        pytest.param(b"RunAlumno=1-9&%54oken=SECRET", id="percent-encoded"),
        pytest.param(b"RunAlumno=1-9&Token[]=SECRET", id="as PHP would name a list"),
        pytest.param(b'RunAlumno=1-9&{"Token":"SECRET"}', id="JSON, as a name"),
        pytest.param(b'RunAlumno=1-9&x; name="Token"\r\n\r\nSECRET', id="multipart, as a value"),
    ],
)
def test_a_token_is_never_kept(body: bytes) -> None:
    """Should somebody send one, the ledger says so without it."""
    raw = parse_callback(body).raw

    assert raw[0] == ("RunAlumno", "1-9")
    assert "***" in [value for _, value in raw]
    assert "SECRET" not in repr(raw)


def test_the_word_token_in_a_field_of_sences_hides_nothing() -> None:
    """An attempt of a course called `token-ring` is recorded as it came."""
    assert ("IdSesionAlumno", "token-ring.1") in _answer(IdSesionAlumno="token-ring.1").raw


def test_an_answer_does_not_show_whose_it_is() -> None:
    """Neither the RUN nor the ids reach a log through `repr`."""
    shown = repr(_answer())

    assert not any(secret in shown for secret in ("12345670", "excel.1", "987/AB"))


def test_an_answer_gives_back_what_was_sent() -> None:
    """The echoed values, canonicalised, are the attendance itself."""
    answer = _answer(RunAlumno="12.345.670-k", LineaCapacitacion="03", CodSence=" 1237894560 ")

    assert answer.attendance(Environment.TEST, _OTEC) == _SENT


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        pytest.param({"RunAlumno": "12345670-1"}, "run_alumno", id="RUN"),
        pytest.param({"LineaCapacitacion": "tres"}, "linea_capacitacion", id="line"),
        pytest.param({"LineaCapacitacion": ""}, "linea_capacitacion", id="no line"),
    ],
)
def test_an_answer_that_names_no_attendance_is_refused(changed: dict[str, str], reason: str) -> None:
    """The refusal carries what arrived, and does not quote it."""
    answer = _answer(**changed)
    with pytest.raises(RemoteProtocolError, match=reason) as caught:
        answer.attendance(Environment.TEST, _OTEC)

    assert caught.value.raw == answer.raw
    assert "12345670" not in str(caught.value)


@pytest.mark.parametrize(
    ("changed", "names"),
    [
        pytest.param({}, (), id="nothing"),
        pytest.param(
            {"RunAlumno": "12.345.670-K", "LineaCapacitacion": "03"}, (), id="only spelled otherwise"
        ),
        pytest.param({"FechaHora": "", "IdSesionSence": "x"}, (), id="what was not sent"),
        pytest.param({"CodSence": "1237894561"}, ("cod_sence",), id="cod_sence"),
        pytest.param({"CodigoCurso": "51234560"}, ("codigo_curso",), id="codigo_curso"),
        pytest.param({"RunAlumno": "12345678-5"}, ("run_alumno",), id="another RUN"),
        pytest.param({"RunAlumno": "12345670-1"}, ("run_alumno",), id="no RUN"),
        pytest.param({"LineaCapacitacion": "6"}, ("linea_capacitacion",), id="another line"),
        pytest.param({"LineaCapacitacion": ""}, ("linea_capacitacion",), id="no line"),
        pytest.param({"RunAlumno": "", "CodSence": ""}, ("cod_sence", "run_alumno"), id="two"),
    ],
)
def test_the_echoed_fields_that_differ_are_named(changed: dict[str, str], names: tuple[str, ...]) -> None:
    """Only these decide whether an answer is the one to our own form."""
    assert _answer(**changed).differs_from(_SENT) == names


def test_blanks_around_a_code_make_no_difference() -> None:
    """A blank cod_sence that was sent on line 1 comes back trimmed by us."""
    sent = replace(_SENT, cod_sence=" ", codigo_curso="5123456 ", linea_capacitacion=1)

    assert _answer(CodSence=" ", LineaCapacitacion="1").differs_from(sent) == ()


_PIECES = st.sampled_from(
    [b"&", b"=", b"%", b"+", b";", b"%FF", b"\xff", b"RunAlumno", b"GlosaError", b"Token"]
)


@given(st.binary() | st.lists(_PIECES | st.binary(max_size=3)).map(b"".join))
def test_any_bytes_are_an_answer_or_refused(body: bytes) -> None:
    """No body raises anything else, and whatever is read can be compared."""
    try:
        answer = parse_callback(body)
    except RemoteProtocolError:
        return
    assert set(answer.differs_from(_SENT)) <= {
        "cod_sence",
        "codigo_curso",
        "run_alumno",
        "linea_capacitacion",
    }
    repr(answer).encode()


@given(st.dictionaries(st.sampled_from(list(_ANSWER)), st.text(st.characters(codec="utf-8")), min_size=1))
def test_what_a_browser_encodes_is_read_back(fields: dict[str, str]) -> None:
    """Encoding and reading are inverses, but for the blanks around a value."""
    answer = parse_callback(urlencode(fields).encode())

    assert answer.raw == tuple((name, value.strip()[:MAX_VALUE]) for name, value in fields.items())
