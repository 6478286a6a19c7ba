"""One way to a Redis, whatever stands there: made late, bounded in time, put right after a failure.

redis-py knows the protocols, finds the primary through Sentinels and the node of a
key in a cluster; here stand the rules of the gate. A learner waits at most for one
connect (0.3 s) and one answer (0.5 s). A connection that broke is tried once more,
since a restart or a failover breaks all of them; an answer that did not come in time
is not, since that Redis would only be slow again. Whoever must not do a thing twice
is told by `carry` which try it is.

redis-py's own retries are off: they send a script again without a word. RESP 2 is
asked for: nothing here needs more, and every server speaks it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha1
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import Any, Protocol, cast

import redis
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.credentials import CredentialProvider
from redis.exceptions import AuthenticationError, NoScriptError
from redis.retry import Retry
from redis.sentinel import Sentinel

from sence_gate.errors import StoreUnavailable
from sence_gate.stores.redis.errors import (
    COMMAND_SECONDS,
    TROUBLE,
    is_broken_connection,
    is_permanent,
    what_to_do,
)
from sence_gate.stores.redis.url import RedisUrl, Topology

CONNECT_SECONDS = 0.3
SENTINEL_SECONDS = 0.2  # there are several to ask, one after the other

AS_IT_COMES = frozenset({"GET", "HVALS", "EVALSHA"})

Argument = bytes | str | int


class Client(Protocol):
    """What is used of redis-py's clients, which are not typed where it matters."""

    def execute_command(self, *command: Argument) -> Any:
        """Send one command and return its answer."""

    def close(self) -> None:
        """Close every connection."""


@dataclass(frozen=True, slots=True)
class Script:
    """A Lua script that runs on the server as one step."""

    text: str
    sha: str

    @classmethod
    def of(cls, name: str) -> Script:
        """Return the script `lua/NAME.lua`."""
        text = (files("sence_gate.stores.redis") / "lua" / f"{name}.lua").read_text(encoding="utf-8")
        return cls(text, sha1(text.encode()).hexdigest())  # noqa: S324 - Redis names scripts so


class Brisk(redis.Redis):
    """redis-py without what it does around a command whose answer is taken as it comes.

    Its tries and its measurements, both unused here, cost as much as a server needs to answer.
    """

    def execute_command(self, *command: Any, **options: Any) -> Any:
        """Send one command and return its answer."""
        if command[0] not in AS_IT_COMES:
            return super().execute_command(*command, **options)  # type: ignore[no-untyped-call]  # redis-py left it out
        connection = self.connection_pool.get_connection()
        try:
            connection.send_command(*command)  # type: ignore[no-untyped-call]  # as above
            # Said aloud: that of Sentinel would keep a connection whose answer is still to come.
            return connection.read_response(disconnect_on_error=True)
        finally:
            self.connection_pool.release(connection)


class Credentials(CredentialProvider):
    """User and password, asked for at each connect: a changed file counts without a restart."""

    def __init__(self, url: RedisUrl) -> None:
        self._url = url

    def get_credentials(self) -> tuple[str] | tuple[str, str]:
        """Return what AUTH takes."""
        password = self._from_file() if self._url.password_file else self._url.password
        return (self._url.user, password) if self._url.user else (password,)

    def _from_file(self) -> str:
        try:
            return Path(self._url.password_file).read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as fault:
            raise AuthenticationError("password_file cannot be read") from fault


class Discreet(logging.Filter):
    """Drop what redis-py tells a debugger about a command under *prefix*: its keys hold RUNs."""

    def __init__(self, prefix: str) -> None:
        super().__init__()
        self._mark = f"{prefix}:"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Discreet) and other._mark == self._mark

    def __hash__(self) -> int:
        return hash(self._mark)

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether *record* may be shown."""
        return self._mark not in record.getMessage()


class Link:
    """Send commands to the Redis at *url*."""

    def __init__(self, url: RedisUrl) -> None:
        self.url = url
        self._client: Client | None = None
        self._lock = Lock()

    def ask(self, *command: Argument) -> Any:
        """Send a command that may be sent twice, and return its answer.

        Raises:
            StoreUnavailable: with what to do.
        """
        return self.carry(lambda client, _: client.execute_command(*command))

    def run(self, script: Script, keys: tuple[bytes, ...], *arguments: Argument) -> Any:
        """Run *script*; its last argument, after *arguments*, is "1" in a second try.

        Raises:
            StoreUnavailable: it may have run all the same.
        """
        command = (len(keys), *keys, *arguments)
        return self.carry(lambda client, again: _evaluate(client, script, (*command, "1" if again else "0")))

    def run_once(self, script: Script, keys: tuple[bytes, ...], *arguments: Argument) -> Any:
        """Run *script*, and never a second time.

        Raises:
            StoreUnavailable: it may have run all the same.
        """
        command = (len(keys), *keys, *arguments)
        return self.carry(lambda client, _: _evaluate(client, script, command), tries=1)

    def carry(self, use: Callable[[Client, bool], Any], tries: int = 2) -> Any:
        """Return what *use* returns for the client and for whether this is the second try.

        Raises:
            StoreUnavailable: with what to do.
        """
        try:
            return use(self._client or self._connected(), False)  # noqa: FBT003 - a lambda has no names
        except TROUBLE as fault:
            if tries < 2 or not is_broken_connection(fault):
                raise self._unavailable(fault) from fault
            first = fault
        try:
            return use(self._connected(), True)  # noqa: FBT003 - as above
        except TROUBLE as fault:
            # A server that wants a certificate says so to one of the two, and hangs up on the other.
            telling = first if is_permanent(first) else fault
            raise self._unavailable(telling) from telling

    def close(self) -> None:
        """Close every connection; the next command would open new ones."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _connected(self) -> Client:
        with self._lock:
            # A client of a cluster connects when it is made, so it cannot be made before it is needed.
            self._client = self._client or connect(self.url)
            return self._client

    def _unavailable(self, fault: Exception) -> StoreUnavailable:
        return StoreUnavailable(f"{self.url.shown} {what_to_do(fault)}")


def connect(url: RedisUrl) -> Client:
    """Return a client; only that of a cluster has connected yet."""
    client: redis.Redis | RedisCluster
    match url.topology:
        case Topology.SERVER:
            ((host, port),) = url.hosts
            client = Brisk(host=host, port=port, db=url.db, retry=_never(), **_options(url))
        case Topology.SOCKET:
            options = _options(url)
            client = Brisk(unix_socket_path=url.socket, db=url.db, retry=_never(), **options)
        case Topology.SENTINEL:
            client = sentinel(url).master_for(  # type: ignore[no-untyped-call]  # redis-py left it out
                url.service, Brisk, db=url.db, retry=_never(), **_options(url)
            )
        case Topology.CLUSTER:
            logging.getLogger("redis.cluster").addFilter(Discreet(url.prefix))  # once: equal ones are one
            nodes = [
                ClusterNode(host, port)  # type: ignore[no-untyped-call]  # redis-py left it out
                for host, port in url.hosts
            ]
            client = RedisCluster(
                startup_nodes=nodes, require_full_coverage=False, retry=_never(), **_options(url)
            )
    return cast("Client", client)


def sentinel(url: RedisUrl) -> Sentinel:
    """Return what asks the Sentinels of *url*; nothing is connected yet."""
    options = _options(url)
    options |= {"socket_timeout": SENTINEL_SECONDS, "socket_connect_timeout": SENTINEL_SECONDS}
    if not url.asks_sentinels_likewise:
        options.pop("credential_provider", None)
    return Sentinel(  # type: ignore[no-untyped-call]  # redis-py left it out
        url.hosts, sentinel_kwargs={"retry": _never(), **options}
    )


def _options(url: RedisUrl) -> dict[str, Any]:
    options: dict[str, Any] = {
        "socket_timeout": COMMAND_SECONDS,
        "socket_connect_timeout": CONNECT_SECONDS,
        "protocol": 2,
        "max_connections": 10_000,  # one per thread that asks at this moment; the server bounds those
    }
    if url.topology is not Topology.SOCKET:
        options["socket_keepalive"] = True
    if url.has_credentials:
        options["credential_provider"] = Credentials(url)
    if url.is_tls:
        options |= {"ssl": True, "ssl_cert_reqs": "required", "ssl_check_hostname": True}
        files_of_tls = {"ssl_ca_certs": url.ca, "ssl_certfile": url.cert, "ssl_keyfile": url.key}
        options |= {name: file for name, file in files_of_tls.items() if file}
    return options


def _never() -> Retry:
    return Retry(NoBackoff(), 0)


def _evaluate(client: Client, script: Script, command: tuple[Argument, ...]) -> Any:
    try:
        return client.execute_command("EVALSHA", script.sha, *command)
    except NoScriptError:  # new, restarted, or failed over: the text makes it known
        return client.execute_command("EVAL", script.text, *command)
