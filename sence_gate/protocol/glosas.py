"""What each error code of SENCE means, and what to tell whom.

Two texts of ours per code: for the learner (what happened, whose move it is, what to
do; no numbers, no jargon) and for the operator (the precise cause and its remedy).
SENCE's own wording is in `official`. The rows are the union of the editions: 100 and
210 belong to the old Clave SENCE, which the test environment may still ask for; 307
to 310 came with 1.1.3 and 311 to 313 with Clave Única in 1.1.5. What a refusal does
to a session is in `session`. Source: manual 1.1.6, section 7; practice in the field.
"""

from __future__ import annotations

from collections.abc import Iterable

from sence_gate.protocol.fields import UNKNOWN_CODE
from sence_gate.protocol.glosa import Blame, Edition, Glosa

# One text for everything that only the OTEC can mend: the learner's part is the same.
_OTEC_MENDS = (
    "SENCE no aceptó los datos del curso. Tú no tienes que corregir nada: avisa a la institución que "
    "dicta el curso y, cuando te confirme que está listo, vuelve a intentarlo."
)
_SENCE_MENDS = (
    "SENCE tuvo un problema y no pudo completar el registro. Espera unos minutos y vuelve a intentarlo. "
    "Si se repite, avisa a la institución que dicta el curso."
)
_ENDED = (
    " Si llegó al cerrar, lo habitual es que la sesión ya había terminado en SENCE: la persona queda "
    "liberada y el informe dice «sin cierre»."
)
_REPORT = "Reportar a controlelearning@sence.cl con fecha, hora y los parámetros enviados (sin el Token)."

UNKNOWN = Glosa(
    UNKNOWN_CODE,
    Blame.SENCE,
    "SENCE no completó el registro y no indicó un motivo. Espera unos minutos y vuelve a intentarlo. "
    "Si se repite, avisa a la institución que dicta el curso.",
    "El código no está en ninguna edición del manual, o la respuesta de error llegó sin código. "
    "Revisar los campos recibidos en el registro. " + _REPORT,
    may_retry=True,
)


def _for_the_otec(code: int, operator: str, since: Edition = Edition.SEED) -> Glosa:
    return Glosa(code, Blame.OTEC, _OTEC_MENDS, operator, since=since)


_ROWS = (
    Glosa(
        100,
        Blame.LEARNER,
        "SENCE no reconoció la clave. Vuelve a intentarlo con tu RUN y tu Clave SENCE. Si no la recuerdas "
        "o todavía no la tienes, la puedes recuperar o crear en cus.sence.cl, el sitio de SENCE.",
        "Clave SENCE errada tres veces, o la persona no la tiene. La clave no se bloquea y los intentos "
        "no tienen límite: orientar a registrarla o recuperarla en cus.sence.cl.",
        may_retry=True,
        until=Edition.V1_1_3,
    ),
    _for_the_otec(
        200,
        "Falta un parámetro obligatorio o va en blanco. Ejecutar «sence-gate check» y revisar los códigos "
        "y la línea del curso; si están bien, ver si un proxy altera el formulario.",
    ),
    _for_the_otec(
        201,
        "Una de las URL de retorno llegó vacía a SENCE. Revisar public_url y prefix en la configuración.",
    ),
    _for_the_otec(
        202,
        "SENCE no acepta la URL de retorno con éxito. Revisar public_url y prefix: http o https, sin "
        "caracteres especiales y 100 caracteres como máximo.",
    ),
    _for_the_otec(
        203,
        "SENCE no acepta la URL de retorno con error. Revisar public_url y prefix: http o https, sin "
        "caracteres especiales y 100 caracteres como máximo.",
    ),
    _for_the_otec(
        204,
        "cod_sence no tiene 10 caracteres o no existe. Copiarlo de la orden de compra; en la línea 1 va "
        "vacío. El valor -1 sirve sólo en el ambiente de pruebas.",
    ),
    _for_the_otec(
        205,
        "codigo_curso tiene menos de 7 caracteres o no existe. Es el ID de acción (línea 3) o el código "
        "que entrega SIC (línea 1). El valor -1 sirve sólo en el ambiente de pruebas.",
    ),
    _for_the_otec(206, "La línea no corresponde: 1 es Programas Sociales, 3 Franquicia Tributaria y 6 FPT."),
    Glosa(
        207,
        Blame.LEARNER,
        "SENCE no reconoció el RUN. Revisa que sea el tuyo, con su dígito verificador, y vuelve a "
        "intentarlo. Si está bien escrito, avisa a la institución que dicta el curso.",
        "SENCE rechaza el RUN enviado. Comparar el RUN de la persona en la plataforma o en roster.csv con "
        "su cédula: sin puntos, con guion y dígito verificador.",
        may_retry=True,
    ),
    Glosa(
        208,
        Blame.OTEC,
        "Tu RUN todavía no figura entre los inscritos de este curso en SENCE. Revisa que sea el tuyo; si "
        "está bien, avisa a la institución que dicta el curso para que te inscriba.",
        "El RUN no está en la nómina comunicada para ese codigo_curso, o la persona está en el grupo de "
        "otra acción. Revisar la nómina con la empresa u OTIC y el codigo_curso que le corresponde.",
    ),
    _for_the_otec(
        209,
        "SENCE rechaza el RUT del OTEC. Corregir rut en [otec]: sin puntos, con guion y dígito "
        "verificador; es el RUT de la empresa, no el del representante legal.",
    ),
    Glosa(
        210,
        Blame.LEARNER,
        "Pasó el tiempo para escribir la clave en SENCE. Ten a mano tu RUN y tu Clave SENCE, y vuelve a "
        "intentarlo.",
        "La persona tardó más de tres minutos en el ingreso con Clave SENCE. Puede repetirlo sin límite; "
        "si no tiene clave, conviene que la registre o recupere antes en cus.sence.cl.",
        may_retry=True,
        until=Edition.V1_1_3,
    ),
    _for_the_otec(
        211,
        "El Token es de otro OTEC. Revisar que rut y token sean de la misma empresa y, con varios OTEC, "
        "que el curso apunte al que corresponde.",
    ),
    _for_the_otec(
        212,
        "El Token fue dado de baja. Emitir otro en https://sistemas.sence.cl/rts y ponerlo en la "
        "configuración; el mismo sirve en pruebas y en producción.",
    ),
    Glosa(300, Blame.SENCE, _SENCE_MENDS, "Error interno de SENCE. " + _REPORT, may_retry=True),
    Glosa(
        301,
        Blame.OTEC,
        "SENCE no pudo registrar tu asistencia con los datos de este curso. Tú no tienes que corregir "
        "nada: avisa a la institución que dicta el curso.",
        "linea_capacitacion o codigo_curso no corresponden." + _ENDED,
        releases=True,
    ),
    Glosa(
        302,
        Blame.SENCE,
        _SENCE_MENDS,
        "SENCE no pudo validar al OTEC. Revisar rut y token; si están bien, es de SENCE. " + _REPORT,
        may_retry=True,
    ),
    _for_the_otec(
        303,
        "SENCE no conoce el Token: está mal copiado o en minúsculas. Copiarlo de nuevo, completo, desde "
        "https://sistemas.sence.cl/rts.",
    ),
    Glosa(
        304,
        Blame.SENCE,
        _SENCE_MENDS,
        "SENCE no pudo verificar los datos." + _ENDED + " " + _REPORT,
        may_retry=True,
        releases=True,
    ),
    Glosa(
        305,
        Blame.SENCE,
        _SENCE_MENDS,
        "SENCE no pudo registrar los datos." + _ENDED + " " + _REPORT,
        may_retry=True,
        releases=True,
    ),
    _for_the_otec(
        306,
        "cod_sence y codigo_curso no van juntos; lo más común es que estén intercambiados. cod_sence "
        "identifica el curso aprobado (10 caracteres) y codigo_curso la acción comunicada.",
    ),
    _for_the_otec(
        307,
        "La acción fue comunicada en otra modalidad. Revisar el codigo_curso o pedir la corrección de la "
        "modalidad a quien comunicó el curso.",
        since=Edition.V1_1_3,
    ),
    _for_the_otec(
        308,
        "Casi siempre el ID de acción está mal escrito y es de otro OTEC. Buscarlo por fecha de inicio en "
        "http://lce.sence.cl/CertificadoAsistencia y corregir codigo_curso.",
        since=Edition.V1_1_3,
    ),
    Glosa(
        309,
        Blame.OTEC,
        "Según SENCE, este curso no está en sus fechas de realización: puede que aún no comience o que "
        "haya terminado. Consulta las fechas a la institución que dicta el curso.",
        "Hoy está fuera de las fechas comunicadas para ese codigo_curso. Revisar las fechas de la acción "
        "y, si cambiaron, comunicar la modificación antes de que la persona siga.",
        since=Edition.V1_1_3,
    ),
    Glosa(
        310,
        Blame.OTEC,
        "Según SENCE, este curso ya terminó o fue anulado. Consulta a la institución que dicta el curso "
        "cómo continuar.",
        "La acción está terminada o anulada en SENCE. Si el curso sigue, revisar codigo_curso." + _ENDED,
        releases=True,
        since=Edition.V1_1_3,
    ),
    Glosa(
        311,
        Blame.LEARNER,
        "El RUN de la Clave Única no es el mismo con el que se inició este curso. Vuelve a intentarlo con "
        "tu propio RUN y tu propia Clave Única; en un equipo compartido, cierra antes la Clave Única "
        "abierta.",
        "La persona entró con la Clave Única de otra, o el RUN indicado al iniciar no es el suyo. Común en "
        "equipos compartidos. Si se repite, revisar su RUN en la plataforma o en roster.csv.",
        may_retry=True,
        since=Edition.V1_1_5,
    ),
    Glosa(
        312,
        Blame.LEARNER,
        "El ingreso con Clave Única no se completó. Vuelve a intentarlo; si no recuerdas tu clave, la "
        "puedes recuperar en claveunica.gob.cl.",
        "Clave Única no confirmó el ingreso: se interrumpió, o el servicio no está disponible. Si les pasa "
        "a todos, ver el estado de claveunica.gob.cl y esperar.",
        may_retry=True,
        since=Edition.V1_1_5,
    ),
    _for_the_otec(
        313,
        "SENCE no acepta la dirección usada para el cierre. Revisar base_url en [sence], public_url y "
        "prefix, y que el curso use un solo ambiente al iniciar y al cerrar.",
        since=Edition.V1_1_5,
    ),
)

GLOSAS = {row.code: row for row in _ROWS}


def glosa(code: int) -> Glosa:
    """Return what is known of *code*; `UNKNOWN` for a code that no edition has."""
    return GLOSAS.get(code, UNKNOWN)


def leading(codes: Iterable[int]) -> Glosa:
    """Return the one of *codes* to show: what the learner can act on first, then as they came.

    `UNKNOWN` when there are none, and behind every code that is known.
    """
    rows = [glosa(code) for code in codes]
    return min(rows, key=lambda row: (row.blame is not Blame.LEARNER, row is UNKNOWN), default=UNKNOWN)
