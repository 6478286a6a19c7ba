"""The address of a Redis store, read into settings before anything is connected.

    redis://user:password@host:6379/0            one server
    rediss://host/0?ca=/etc/redis/ca.pem         with TLS; also cert= and key= for a client certificate
    unix:///run/redis/redis.sock?db=0
    redis+sentinel://host:26379,host:26379/service/0
    redis+cluster://host:6379,host:6379
    rediss+sentinel://…, rediss+cluster://…      with TLS to every server

All take `password_file`, `prefix` and `session_ttl`. No fault and no `repr` holds
a user, a password or a piece of the text that could be one: whoever forgot to
escape a password has put it where a host is expected.

Nothing here imports a Redis client: settings are checked on machines without one.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from sence_gate.errors import ConfigurationError

PLACE = "store.url"
LONGEST_TTL = 3_650  # days
_ESCAPE = "in a password write / ? # @ % as %2F %3F %23 %40 %25, or use ?password_file="


class Topology(StrEnum):
    """What stands at the other end."""

    SERVER = "server"
    SOCKET = "socket"
    SENTINEL = "sentinel"
    CLUSTER = "cluster"


SCHEMES: Mapping[str, tuple[Topology, bool]] = {  # and whether it is TLS
    "redis": (Topology.SERVER, False),
    "rediss": (Topology.SERVER, True),
    "unix": (Topology.SOCKET, False),
    "redis+sentinel": (Topology.SENTINEL, False),
    "rediss+sentinel": (Topology.SENTINEL, True),
    "redis+cluster": (Topology.CLUSTER, False),
    "rediss+cluster": (Topology.CLUSTER, True),
}
_PORTS = {Topology.SENTINEL: 26379}
_FILES = ("ca", "cert", "key", "password_file")
_PREFIX = re.compile(r"[A-Za-z0-9_.-]{1,40}")  # no brace, colon or star: it stands in hash tags and patterns
_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_HOST = re.compile(r"[A-Za-z0-9_.:-]+")


@dataclass(frozen=True, slots=True)
class RedisUrl:
    """Everything that an address says. `shown` is how it may be told to anybody."""

    topology: Topology
    is_tls: bool = False
    hosts: tuple[tuple[str, int], ...] = ()
    socket: str = ""
    service: str = ""
    db: int = 0
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    password_file: str = ""
    asks_sentinels_likewise: bool = False
    ca: str = ""
    cert: str = ""
    key: str = ""
    prefix: str = "sence"
    session_ttl: int = 400

    @property
    def has_credentials(self) -> bool:
        """Whether anything is to be said before the first command."""
        return bool(self.user or self.password or self.password_file)

    @property
    def shown(self) -> str:
        """The address without user, password and options."""
        scheme = next(name for name, kind in SCHEMES.items() if kind == (self.topology, self.is_tls))
        hosts = ",".join(f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in self.hosts)
        match self.topology:
            case Topology.SOCKET:
                return f"{scheme}://{self.socket}"
            case Topology.SENTINEL:
                return f"{scheme}://{hosts}/{self.service}/{self.db}"
            case Topology.CLUSTER:
                return f"{scheme}://{hosts}"
            case Topology.SERVER:
                return f"{scheme}://{hosts}/{self.db}"


def is_redis_url(url: str) -> bool:
    """Tell whether *url* asks for a Redis, rightly written or not."""
    scheme, separator, _ = url.partition("://")
    return bool(separator) and scheme in SCHEMES


def read_redis_url(url: str) -> RedisUrl:
    """Return what *url* says; `is_redis_url` must hold.

    Raises:
        ConfigurationError: with every fault, each as `store.url: what is wrong — what to do`.
    """
    faults: list[str] = []
    read = _read(url, faults)
    if faults:
        raise ConfigurationError(tuple(f"{PLACE}: {fault}" for fault in faults))
    return read


def _read(url: str, faults: list[str]) -> RedisUrl:
    topology, is_tls = SCHEMES[url.partition("://")[0]]
    parts = _split(url)
    if parts is None:
        faults.append(f"is not an address — {_ESCAPE}")
        return RedisUrl(topology)
    words = _words(parts, topology, is_tls, faults)
    if parts.fragment:
        faults.append(f'holds "#" — {_ESCAPE}')
    login, _, places = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    service, db = _path(parts, topology, words, faults)
    password_file = words.get("password_file", "")
    if password and password_file:
        faults.append("holds a password and names a password_file — keep one of them")
    return RedisUrl(
        topology=topology,
        is_tls=is_tls,
        hosts=tuple(_hosts(places, topology, faults)),
        socket=unquote(parts.path) if topology is Topology.SOCKET else "",
        service=service,
        db=db,
        user=unquote(user),
        password=unquote(password),
        password_file=password_file,
        asks_sentinels_likewise=_is_same(words, faults),
        ca=words.get("ca", ""),
        cert=words.get("cert", ""),
        key=words.get("key", ""),
        prefix=_prefix(words, faults),
        session_ttl=_number(words, "session_ttl", 400, range(1, LONGEST_TTL + 1), faults),
    )


def _words(parts: SplitResult, topology: Topology, is_tls: bool, faults: list[str]) -> dict[str, str]:  # noqa: FBT001 - one caller, beside the pair that it comes from
    known = ["password_file", "prefix", "session_ttl"]
    known += ["ca", "cert", "key"] if is_tls else []
    known += ["db"] if topology is Topology.SOCKET else []
    known += ["sentinel_auth"] if topology is Topology.SENTINEL else []
    words: dict[str, str] = {}
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name not in known:
            # The name itself is not shown: it may be the rest of a password that was not escaped.
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"perhaps {close[0]} is meant" if close else f"known are {', '.join(known)}"
            faults.append(f'has something after "?" that means nothing here; {hint} — correct or remove it')
        elif name in words:
            faults.append(f"says {name} twice — keep one")
        words[name] = value
    faults.extend(_file_faults(words))
    return words


def _file_faults(words: Mapping[str, str]) -> Iterator[str]:
    for name in _FILES:
        if name in words and not words[name].startswith("/"):
            yield f"{name} is not a path from the root — write it like /etc/sence-gate/{name}"
        elif name in words and not _is_readable(Path(words[name])):
            yield f"{name} names a file that cannot be read — check its path, owner and mode"
    if "key" in words and "cert" not in words:
        yield "names a key without its certificate — add cert="


def _is_readable(path: Path) -> bool:
    try:
        path.open("rb").close()
    except OSError:
        return False
    return True


def _path(
    parts: SplitResult, topology: Topology, words: Mapping[str, str], faults: list[str]
) -> tuple[str, int]:
    """Return service and database number."""
    path = parts.path.removeprefix("/").removesuffix("/")
    if "@" in path and topology is not Topology.SOCKET:
        faults.append(f'holds "@" behind a slash — {_ESCAPE}')
        return "", 0
    match topology:
        case Topology.SOCKET:
            if not path:
                faults.append("names no socket — write it like unix:///run/redis/redis.sock?db=0")
            return "", _number(words, "db", 0, range(1 << 31), faults)
        case Topology.SENTINEL:
            service, _, db = path.partition("/")
            if not _NAME.fullmatch(service):
                faults.append("names no service — write it like redis+sentinel://host:26379/mymaster")
            return service, _database(db, faults)
        case Topology.CLUSTER:
            if path not in ("", "0"):
                faults.append("names a database, and a cluster has only 0 — end it after the hosts")
            return "", 0
        case Topology.SERVER:
            return "", _database(path, faults)


def _database(text: str, faults: list[str]) -> int:
    return _number({"the database": text} if text else {}, "the database", 0, range(1 << 31), faults)


def _number(words: Mapping[str, str], name: str, default: int, allowed: range, faults: list[str]) -> int:
    text = words.get(name, str(default))
    if text.isascii() and text.isdigit() and len(text) < 12 and int(text) in allowed:
        return int(text)
    last = f" to {allowed[-1]}" if name == "session_ttl" else ""
    faults.append(f"{name} is not a number — write a whole one from {allowed[0]}{last}")
    return default


def _prefix(words: Mapping[str, str], faults: list[str]) -> str:
    prefix = words.get("prefix", "sence")
    if not _PREFIX.fullmatch(prefix):
        faults.append("prefix is not made of letters, digits and . _ - (at most 40) — write it like sence")
    return prefix


def _is_same(words: Mapping[str, str], faults: list[str]) -> bool:
    value = words.get("sentinel_auth", "none")
    if value not in ("none", "same"):
        faults.append("sentinel_auth is neither none nor same — same sends them the password of the servers")
    return value == "same"


def _hosts(places: str, topology: Topology, faults: list[str]) -> Iterator[tuple[str, int]]:
    if topology is Topology.SOCKET:
        if places:
            faults.append("names a host before the socket — write it like unix:///run/redis/redis.sock")
        return
    several = places.split(",")
    if len(several) > 1 and topology is Topology.SERVER:
        faults.append("names several hosts — write redis+cluster:// or redis+sentinel://")
    for place in several:
        host, port = _host(place)
        if _HOST.fullmatch(host) and port >= 0:
            yield host, port or _PORTS.get(topology, 6379)
        else:
            faults.append(f"names a host that cannot be — write host:port; {_ESCAPE}")


def _split(url: str) -> SplitResult | None:
    # Hosts are split off first: some Pythons take brackets in the first of several for a fault.
    scheme, _, rest = url.partition("://")
    netloc = re.split("[/?#]", rest, maxsplit=1)[0]
    if netloc.count("[") != netloc.count("]"):
        return None
    return urlsplit(f"{scheme}://{rest[len(netloc) :]}")._replace(netloc=netloc)


def _host(place: str) -> tuple[str, int]:
    """Return host and port; 0 stands for the usual one, -1 for none that could be."""
    try:
        parts = urlsplit(f"//{place}")
        port = parts.port or 0
    except ValueError:
        return "", -1
    return parts.hostname or "", port
