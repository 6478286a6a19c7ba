"""Real Redis servers for the tests: alone, with Sentinels, as a cluster, with TLS.

Each runs on a free port of loopback with a folder of its own, and is ended by its
process id. What one process starts nobody else uses, so that modules may run at the
same time. Debian: `apt-get install redis-server redis-sentinel`.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from sence_gate.stores import open_store
from sence_gate.stores.base import Store
from sence_gate.stores.redis import client

HOST = "127.0.0.1"
SERVICE = "sence"
PATIENCE = 20.0


@dataclass
class Server:
    """One process of redis-server; `options` are those of redis.conf."""

    folder: Path
    options: dict[str, str] = field(default_factory=dict)
    program: str = "redis-server"
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> Server:
        """Start the process, or start it again with the data that it left; wait until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = self.port or free_port()
        where = {"bind": HOST, "port": str(self.port), "dir": str(self.folder), "save": '""', **self.options}
        config = self.folder / "redis.conf"
        if not config.exists():  # Sentinels rewrite theirs
            config.write_text("".join(f"{name} {value}\n" for name, value in where.items()))
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen([self.program, str(config)], stdout=log, stderr=log)
        until(self.is_up, f"{self.program} on {self.port}")
        return self

    def is_up(self) -> bool:
        """Tell whether it answers, even with a refusal."""
        if self.process and self.process.poll() is not None:
            raise RuntimeError((self.folder / "log").read_text())
        with suppress(OSError, redis.ConnectionError), socket.create_connection((HOST, self.real_port), 0.2):
            return "tls-port" in self.options or self._says_something()
        return False

    def _says_something(self) -> bool:
        try:
            self.client().ping()
        except (redis.AuthenticationError, redis.BusyLoadingError, redis.ResponseError):
            return True
        return True

    @property
    def real_port(self) -> int:
        """The port that is open: with TLS the other is closed."""
        return int(self.options.get("tls-port", self.port))

    def client(self, **options: Any) -> redis.Redis:
        """Return a plain client for looking behind the store."""
        return redis.Redis(
            HOST, self.port, protocol=2, socket_timeout=5, retry=Retry(NoBackoff(), 0), **options
        )

    def ask(self, *command: str | int | bytes) -> Any:
        """Return the answer to a command that redis-py has no name for."""
        return self.client().execute_command(*command)  # type: ignore[no-untyped-call]  # redis-py left it out

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to this process alone."""
        assert self.process
        self.process.send_signal(number)

    def kill(self) -> None:
        """End it at once, as a power cut does."""
        if self.process:
            with suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()
            self.process = None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Let it take connections and answer nothing."""
        self.signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.signal(signal.SIGCONT)
            until(self.answers, "an answer after SIGCONT")

    def answers(self) -> bool:
        """Tell whether it answers PING, or wants a password first."""
        with suppress(redis.ConnectionError, redis.TimeoutError):
            return bool(self.client().ping())
        return False


@dataclass
class Group:
    """Several servers, and the URL that leads to them."""

    url: str
    servers: list[Server]
    sentinels: list[Server] = field(default_factory=list)

    def clients(self) -> list[redis.Redis]:
        """Return a client for each server that runs."""
        return [server.client() for server in self.servers if server.process]


def free_port() -> int:
    """Return a port below those that the system gives to clients, so that nobody takes it meanwhile."""
    for _ in range(200):
        port = 10_100 + int.from_bytes(os.urandom(2), "big") % 9_000
        with socket.socket() as here, socket.socket() as bus, suppress(OSError):
            here.bind((HOST, port))
            bus.bind((HOST, port + 10_000))  # the second port of a cluster's node
            return port
    raise RuntimeError("no free port")


def until(is_so: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Wait until *is_so*, and fail loudly when it never is."""
    last = time.monotonic() + seconds
    while True:
        with suppress(redis.RedisError):
            if is_so():
                return
        if time.monotonic() > last:
            raise TimeoutError(f"waited {seconds:g} s in vain for {what}")
        time.sleep(0.02)


@contextmanager
def patient_store(url: str) -> Iterator[Store]:
    """Open a store that waits longer than a learner would: few tests are about a busy machine."""
    usual, client.COMMAND_SECONDS = client.COMMAND_SECONDS, PATIENCE  # type: ignore[attr-defined]  # imported there
    try:
        store = open_store(url)  # connects, and so keeps what it found
    finally:
        client.COMMAND_SECONDS = usual  # type: ignore[attr-defined]  # as above
    with closing(store):
        yield store


@contextmanager
def running(folder: Path, **options: str) -> Iterator[Server]:
    """Run one server; an underscore in the name of an option stands for a dash."""
    server = Server(folder, {name.replace("_", "-"): value for name, value in options.items()})
    try:
        yield server.start()
    finally:
        server.kill()


@contextmanager
def _all_of(servers: list[Server]) -> Iterator[None]:
    with ExitStack() as stack:
        for server in servers:
            stack.callback(server.kill)
        for server in servers:
            server.start()
        yield


@contextmanager
def with_sentinels(folder: Path) -> Iterator[Group]:
    """Run a primary, its replica and three Sentinels that agree about them."""
    primary = Server(folder / "primary", {"repl-diskless-sync-delay": "0"}, port=free_port())
    replica = Server(
        folder / "replica",
        {"replicaof": f"{HOST} {primary.port}", "repl-diskless-sync-delay": "0"},
        port=free_port(),
    )
    sentinels = [_sentinel(folder / f"sentinel{number}", primary.port) for number in range(3)]
    with _all_of([primary, replica]):
        until(lambda: replica.client().info()["master_link_status"] == "up", "the replica")
        # Only now: Sentinels ask a primary for its replicas at once, and then every ten seconds.
        with _all_of(sentinels):
            until(lambda: all(_sees_all(each) for each in sentinels), "the Sentinels", 3 * PATIENCE)
            places = ",".join(f"{HOST}:{each.port}" for each in sentinels)
            yield Group(f"redis+sentinel://{places}/{SERVICE}", [primary, replica], sentinels)


def _sentinel(folder: Path, port: int) -> Server:
    monitor = {
        "sentinel monitor": f"{SERVICE} {HOST} {port} 2",
        "sentinel down-after-milliseconds": f"{SERVICE} 500",
        "sentinel failover-timeout": f"{SERVICE} 2000",
    }
    options = {"save": "", **monitor}
    return Server(folder, options, "redis-sentinel", free_port())


def _sees_all(sentinel: Server) -> bool:
    state: Any = sentinel.client().sentinel_master(SERVICE)
    return bool(state["num-other-sentinels"] == 2 and state["num-slaves"] == 1)


@contextmanager
def as_cluster(folder: Path, node_timeout_ms: int = 1_000) -> Iterator[Group]:
    """Run three primaries that share the slots, each with a replica."""
    options = {
        "cluster-enabled": "yes",
        "cluster-node-timeout": str(node_timeout_ms),
        "cluster-replica-validity-factor": "0",
        "repl-diskless-sync-delay": "0",
    }
    servers = [Server(folder / f"node{number}", options, port=free_port()) for number in range(6)]
    with _all_of(servers):
        _join(servers)
        places = ",".join(f"{HOST}:{each.port}" for each in servers[:3])
        yield Group(f"redis+cluster://{places}", servers)


def _join(servers: list[Server]) -> None:
    bounds = [0, 5461, 10923, 16384]
    for number, server in enumerate(servers):
        server.ask("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
        server.ask("CLUSTER", "MEET", HOST, servers[0].port)
        if number < 3:
            server.ask("CLUSTER", "ADDSLOTSRANGE", bounds[number], bounds[number + 1] - 1)
    until(lambda: all(_info(server)["cluster_known_nodes"] == "6" for server in servers), "the nodes to meet")
    for primary, replica in zip(servers[:3], servers[3:], strict=True):
        until(partial(replica.ask, "CLUSTER", "REPLICATE", primary.ask("CLUSTER", "MYID")), "a replica")
    until(lambda: all(_is_whole(server) for server in servers), "the cluster")
    until(lambda: all(_has_replica(server.client()) for server in servers[:3]), "the replicas")


def _info(server: Server) -> dict[str, str]:
    return dict(server.ask("CLUSTER INFO"))


def _is_whole(server: Server) -> bool:
    info = _info(server)
    return info["cluster_state"] == "ok" and info["cluster_slots_ok"] == "16384"


def _has_replica(client: redis.Redis) -> bool:
    info: Any = client.info("replication")
    return bool(info["connected_slaves"] == 1 and info["slave0"]["state"] == "online")


@dataclass(frozen=True)
class Certificates:
    """An authority, and a certificate of 127.0.0.1 that it signed."""

    ca: Path
    cert: Path
    key: Path


def certificates(folder: Path) -> Certificates:
    """Make certificates with openssl."""
    ca, ca_key, cert, key, request = (folder / name for name in ("ca", "ca.key", "cert", "key", "request"))
    names = folder / "names"
    names.write_text(f"subjectAltName=IP:{HOST}\n")
    new: list[str | Path] = ["openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj"]
    sign: list[str | Path] = [
        "openssl",
        "x509",
        "-req",
        "-days",
        "2",
        "-CA",
        ca,
        "-CAkey",
        ca_key,
        "-CAcreateserial",
    ]
    for command in (
        [*new, "/CN=authority", "-x509", "-days", "2", "-keyout", ca_key, "-out", ca],
        [*new, "/CN=sence", "-keyout", key, "-out", request],
        [*sign, "-in", request, "-out", cert, "-extfile", names],
    ):
        subprocess.run(command, check=True, capture_output=True)
    return Certificates(ca, cert, key)
