"""SENCE's desk: takes a POST, asks for the key, answers. No HTTP and no pages here.

One lock guards everything that is remembered. Logins and sessions are bounded:
the oldest is forgotten first, as a restart forgets all. A login that is over
keeps its answer, so that a browser that reloads the page gets the same form
again instead of a second session.

The two editions differ in what a failed login does (section 2 of each): Clave
SENCE sends the learner back after three wrong keys (100) or three minutes
(210); Clave Única keeps him at the login until he succeeds or gives up.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from sence_gate.simulator.behaviour import Behaviour, Scripts
from sence_gate.simulator.callbacks import Callback, compose
from sence_gate.simulator.chile import chile_time
from sence_gate.simulator.ruts import canonical
from sence_gate.simulator.seen import Entry, Notebook
from sence_gate.simulator.sessions import Session, refusal
from sence_gate.simulator.tables import Action
from sence_gate.simulator.validation import faults, is_usable_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from sence_gate.simulator.posts import Post
    from sence_gate.simulator.registry import Registry
    from sence_gate.simulator.tables import Manual

MOST_LOGINS = 2_000
MOST_SESSIONS = 10_000

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class AskLogin:
    """The learner has to type RUN and key; *notice* is what went wrong the last time."""

    login_id: str
    action: Action
    codigo_curso: str
    hint: str | None
    tries_left: int | None
    seconds_left: int | None
    notice: str = ""


@dataclass(frozen=True, slots=True)
class SendBack:
    """The browser carries *callback* to the platform."""

    callback: Callback


@dataclass(frozen=True, slots=True)
class Held:
    """SENCE keeps the learner: nothing will ever reach the platform."""


@dataclass(frozen=True, slots=True)
class NowhereToReturn:
    """The POST failed with *codes* and names no address that could be told."""

    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnknownLogin:
    """Nobody is waiting under that id: made up, or forgotten."""


Answer = SendBack | Held | NowhereToReturn
Step = AskLogin | Answer | UnknownLogin


@dataclass(frozen=True, slots=True)
class _Login:
    login_id: str
    post: Post
    behaviour: Behaviour
    began: float
    wrong_keys: int = 0
    answer: Answer | None = None


class Desk:
    """Decides what SENCE does next. Thread-safe."""

    def __init__(
        self, manual: Manual, registry: Registry, clock: Callable[[], float], scripts: Scripts, lasts: float
    ) -> None:
        self._manual = manual
        self._registry = registry
        self._clock = clock
        self._scripts = scripts
        self._lasts = lasts
        self._lock = threading.RLock()
        self._logins: OrderedDict[str, _Login] = OrderedDict()
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._notebook = Notebook()

    def receive(self, post: Post) -> Step:
        """Check *post*, then answer it with its faults or ask for the key."""
        behaviour = self._scripts.take(post["RunAlumno"])
        with self._lock:
            codes = behaviour.codes or self._faults(post)
            if codes:
                return self._refuse(post, behaviour, codes)
            login = _Login(secrets.token_urlsafe(24), post, behaviour, self._clock())
            self._note(post, "login")
            return self._ask(login)

    def log_in(self, login_id: str, run: str, key: str) -> Step:
        """Try *run* and *key* at the login *login_id*."""
        with self._lock:
            step = self.resume(login_id)
            if not isinstance(step, AskLogin):
                return step
            login = self._logins[login_id]
            if not self._registry.opens(canonical(run), key):
                return self._wrong_key(login)
            if canonical(run) != canonical(login.post["RunAlumno"]):
                # A right key of somebody else: 311 where the table has it, else "no autorizado".
                return self._fail(login, self._manual.code(311))
            return self._succeed(login)

    def cancel(self, login_id: str) -> Step:
        """Give the login up: 312 where the edition has it, else the learner stays."""
        with self._lock:
            step = self.resume(login_id)
            if isinstance(step, AskLogin) and 312 in self._manual.errors:
                return self._fail(self._logins[login_id], 312)
            return step

    def resume(self, login_id: str) -> Step:
        """Return where the login *login_id* stands: its time may be over."""
        with self._lock:
            login = self._logins.get(login_id)
            if login is None:
                return UnknownLogin()
            if login.answer is not None:
                return login.answer
            if self._manual.seconds is not None and self._clock() - login.began > self._manual.seconds:
                return self._fail(login, 210)
            return self._ask(login)

    def seen(self) -> tuple[Entry, ...]:
        """Return what happened, newest first."""
        with self._lock:
            return tuple(self._notebook)

    def open_sessions(self) -> tuple[Session, ...]:
        """Return the sessions that a close would still be taken for, newest first."""
        with self._lock:
            now = self._clock()
            return tuple(s for s in reversed(self._sessions.values()) if s.is_open(now, self._lasts))

    def _faults(self, post: Post) -> tuple[int, ...]:
        now = self._clock()
        found = set(faults(post, self._manual, self._registry, chile_time(now).date()))
        refused = self._refusal(post)
        return tuple(sorted(found | {refused} if refused is not None else found))

    def _refusal(self, post: Post) -> int | None:
        if post.action is Action.START or post.is_blank("IdSesionSence"):
            return None
        session = self._sessions.get(post["IdSesionSence"])
        cause = refusal(session, post, self._clock(), self._lasts)
        return None if cause is None else self._manual.code(cause)

    def _wrong_key(self, login: _Login) -> Step:
        login = replace(login, wrong_keys=login.wrong_keys + 1)
        self._note(login.post, "wrong key")
        if self._manual.tries is not None and login.wrong_keys >= self._manual.tries:
            return self._fail(login, 100)
        return self._ask(login, notice=f"El RUN o la {self._manual.key_name} no son correctos.")

    def _succeed(self, login: _Login) -> Answer:
        # A second tab may have closed the session, or its time may have run out, while the key was typed.
        refused = self._refusal(login.post)
        if refused is not None:
            return self._fail(login, refused)
        id_sesion_sence = self._register(login.post)
        self._note(login.post, "ok", id_sesion_sence)
        return self._finish(login, self._answer(login.post, login.behaviour, id_sesion_sence=id_sesion_sence))

    def _register(self, post: Post) -> str:
        if post.action is Action.CLOSE:
            session = self._sessions[post["IdSesionSence"]]
            self._sessions[session.id_sesion_sence] = replace(session, is_closed=True)
            return ""
        session = Session(
            id_sesion_sence=secrets.token_hex(16),
            environment=post.environment,
            run_alumno=canonical(post["RunAlumno"]),
            codigo_curso=post["CodigoCurso"],
            opened=self._clock(),
        )
        _keep(self._sessions, session.id_sesion_sence, session, MOST_SESSIONS)
        return session.id_sesion_sence

    def _fail(self, login: _Login, code: int) -> Answer:
        return self._finish(login, self._refuse(login.post, login.behaviour, (code,)))

    def _finish(self, login: _Login, answer: Answer) -> Answer:
        _keep(self._logins, login.login_id, replace(login, answer=answer), MOST_LOGINS)
        return answer

    def _refuse(self, post: Post, behaviour: Behaviour, codes: tuple[int | str, ...]) -> Answer:
        reported = behaviour.reported(codes)
        self._note(post, behaviour.separator.join(reported))
        if not is_usable_url(post["UrlError"]):
            return NowhereToReturn(reported)
        return self._answer(post, behaviour, codes)

    def _answer(
        self, post: Post, behaviour: Behaviour, codes: tuple[int | str, ...] = (), id_sesion_sence: str = ""
    ) -> Answer:
        if behaviour.never:
            self._note(post, "never")
            return Held()
        moment = chile_time(self._clock())
        return SendBack(compose(post, behaviour, moment, codes=codes, id_sesion_sence=id_sesion_sence))

    def _ask(self, login: _Login, notice: str = "") -> AskLogin:
        _keep(self._logins, login.login_id, login, MOST_LOGINS)
        manual = self._manual
        waited = int(self._clock() - login.began)
        return AskLogin(
            login_id=login.login_id,
            action=login.post.action,
            codigo_curso=login.post["CodigoCurso"],
            hint=self._registry.hint(login.post["RunAlumno"]),
            tries_left=None if manual.tries is None else manual.tries - login.wrong_keys,
            seconds_left=None if manual.seconds is None else manual.seconds - waited,
            notice=notice,
        )

    def _note(self, post: Post, result: str, id_given: str = "") -> None:
        self._notebook.note(post, result, chile_time(self._clock()), id_given)


def _keep(kept: OrderedDict[str, Value], key: str, value: Value, most: int) -> None:
    """Set *key*, forgetting the oldest beyond *most*."""
    kept[key] = value
    if len(kept) > most:
        kept.popitem(last=False)
