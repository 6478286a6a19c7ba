"""The settings as the rest of the package sees them: complete, checked, immutable.

Whoever holds a `Config` need not check anything again: `load_config` is the
only maker outside of tests, and it refuses what the gate could not honour. The
names are the keys of `sence-gate.toml`; `import`, a Python keyword, is `dotted`.

Reading and checking are elsewhere: `shape` knows the types of the file, `rules`
what they must satisfy. `Course` and `Otec` belong to `sence_gate.courses`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from sence_gate.courses import Course, Otec, Shared
from sence_gate.described import Dialect
from sence_gate.learners.sources import Network
from sence_gate.pages import Help
from sence_gate.protocol.fields import Message
from sence_gate.protocol.messages import Environment

# Where SENCE answers, below the prefix: the address tells what it reports, the fields only confirm it.
CALLBACK_PATHS = {
    Message.START_OK: "/inicio/ok",
    Message.START_ERROR: "/inicio/error",
    Message.CLOSE_OK: "/cierre/ok",
    Message.CLOSE_ERROR: "/cierre/error",
}


class LearnerSource(StrEnum):
    """Who tells the RUN of the visitor."""

    ASK = "ask"  # the learner types it; SENCE checks it against the key
    ENVIRON = "environ"  # a variable that the web server or an outer middleware sets
    HEADER = "header"  # a header of a trusted proxy
    IMPORT = "import"  # a function of the platform
    DJANGO = "django"  # Django's own session, in its process
    FLASK = "flask"  # Flask's own session, in its process
    WHOAMI = "whoami"  # the platform is asked, with the visitor's cookies

    @property
    def is_typed(self) -> bool:
        """Whether nobody but the learner says which RUN it is."""
        return self is LearnerSource.ASK


class Credential(StrEnum):
    """The key with which learners sign in at SENCE."""

    CLAVE_SENCE = "clave_sence"
    CLAVE_UNICA = "clave_unica"


class OnFailure(StrEnum):
    """What becomes of a learner with a genuine session cookie while the store cannot be asked."""

    TRUST_COOKIE = "trust-cookie"  # admitted until the session's own end
    REFUSE = "refuse"  # 503; the cookie is kept


@dataclass(frozen=True, slots=True)
class Learner:
    """The source of the RUN, what is its own, and what is done with what it says.

    `impersonated` is where the source says that somebody looks through another's account;
    `exempt` are entries of `sence_gate.learners.exemptions`.
    """

    source: LearnerSource = LearnerSource.ASK
    key: str = "REMOTE_USER"  # of `environ`
    name: str = ""  # of `header`
    dotted: str = field(default="", metadata={"key": "import"})  # of `import`: "package.module:function"
    url: str = ""  # of `whoami`, as the next five: path and query, as browsers see them
    json: str = ""  # a JSON pointer to the name
    regex: str = ""  # or a pattern whose first group is the name
    nobody: str = ""
    cache_seconds: float = 10.0
    timeout_seconds: float = 3.0
    attribute: str = ""  # of `django`: of the user, "username" by default; of `flask`: a key of the session
    impersonated: str = ""
    roster: str = ""  # a file of user names and RUNs; see sence_gate.learners.roster
    exempt: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Where sessions are kept, and how long a worker may believe its last look (seconds).

    `spool` is used with a shared store only: a file on this host for what it cannot take.
    """

    url: str = field(default="sqlite:///sence-gate.sqlite", repr=False)  # may hold a password
    on_failure: OnFailure = OnFailure.TRUST_COOKIE
    spool: str = "sence-gate-spool.sqlite"
    recheck_seconds: float = 5.0


@dataclass(frozen=True, slots=True)
class Sence:
    """Where SENCE, or a simulator of it, is; `origins` are further Origins of its callbacks."""

    base_url: str = "https://sistemas.sence.cl"
    origins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Platform:
    """What stands behind the gate: one of `wsgi` and `upstream`, or none when it is wrapped in code.

    `wsgi` is `package.module:application`, `upstream` an origin or `unix:///path`. The others
    are for `upstream`: `host` takes the place of the browser's Host, `ca` of the system's certificates.
    """

    wsgi: str = ""
    upstream: str = ""
    host: str = ""
    ca: str = ""
    timeout_seconds: float = 60.0  # until an answer begins, and between two pieces of it


@dataclass(frozen=True, slots=True)
class ForwardAuth:
    """How a front server asks whether a request may pass; without `dialect` none is answered.

    `secret` is what it must send along, if anything.
    """

    dialect: Dialect | None = None
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class MetricsSettings:
    """Who besides this machine may read the counts."""

    allow: tuple[Network | str, ...] = ()


@dataclass(frozen=True, slots=True)
class PageSettings:
    """What the OTEC changes of our pages: a logo of its own or of the platform's, colour, help, templates."""

    logo_url: str = ""
    logo_file: Path | None = None
    colour: str = ""
    templates: Path | None = None
    help: Help = field(default_factory=Help)


@dataclass(frozen=True, slots=True)
class Config:
    """Every setting, checked. `repr()` shows neither keys nor tokens.

    `public_url` is normalised: scheme, lower-case ASCII host, port unless the
    scheme's own, mount path; no slash at the end. `credential` None means Clave
    SENCE in the test environment and Clave Única in production.
    """

    public_url: str
    secret_keys: tuple[str, ...] = field(repr=False)
    courses: tuple[Course, ...]
    environment: Environment = Environment.TEST
    prefix: str = "/_sence"
    trusted_proxies: tuple[Network | str, ...] = ()
    insecure_cookies: bool = False
    credential: Credential | None = None
    logout_paths: tuple[str, ...] = ()
    platform: Platform = Platform()
    store: StoreSettings = StoreSettings()
    sence: Sence = Sence()
    learner: Learner = Learner()
    forward_auth: ForwardAuth = ForwardAuth()
    pages: PageSettings = PageSettings()
    metrics: MetricsSettings = MetricsSettings()
    shared: tuple[Shared, ...] = ()

    @property
    def origin(self) -> str:
        """Scheme, host and port of the public address, as browsers write it in `Origin`."""
        return self.public_url.removesuffix(self.mount)

    @property
    def mount(self) -> str:
        """The path below which the platform stands: empty, or like `/campus`."""
        return urlsplit(self.public_url).path

    @property
    def secure(self) -> bool:
        """Whether browsers reach the platform over https."""
        return self.public_url.startswith("https:")

    @property
    def otecs(self) -> tuple[Otec, ...]:
        """The OTECs of the courses, each once, in the order of the courses."""
        return tuple(dict.fromkeys(course.otec for course in self.courses))

    def url(self, path: str) -> str:
        """Return the absolute address of *path* below the prefix, such as `/estado`."""
        return f"{self.public_url}{self.prefix}{path}"

    def callback_url(self, message: Message) -> str:
        """Return the absolute address to which SENCE posts *message*.

        Raises:
            KeyError: it is one that we send.
        """
        return self.url(CALLBACK_PATHS[message])
