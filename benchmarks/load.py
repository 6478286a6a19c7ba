"""Real servers under load: started for the measurement, asked by wrk in turns, ended after it."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

LOOPBACK = "127.0.0.1"
SECONDS = 1
ROUNDS = 7
_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
_COUNT = re.compile(r"(\d+) requests in")
_BAD = re.compile(r"Non-2xx or 3xx responses: (\d+)")


def free_ports(count: int) -> list[int]:
    """Return *count* ports that nobody listens on."""
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind((LOOPBACK, 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


@contextmanager
def running(command: list[str], port: int, folder: Path, **environ: str) -> Iterator[int]:
    """Run a server in *folder* until the block ends; yield its process."""
    with (folder / f"{port}.log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=folder, env={**os.environ, **environ}, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        deadline = time.monotonic() + 30
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((folder / f"{port}.log").read_text())
            time.sleep(0.05)
        yield process.pid
    finally:
        process.terminate()
        process.wait(timeout=20)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0


@dataclass(frozen=True, slots=True)
class Rival:
    """What is asked, and the processes that answer."""

    port: int
    path: str
    headers: tuple[str, ...]
    servers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Cost:
    """What answering cost: requests per second at best, and µs of the servers for each, by round."""

    rate: float
    rounds: tuple[float, ...]

    @property
    def micros(self) -> float:
        """The processor time of the usual round."""
        return median(self.rounds)

    def over(self, rival: Cost) -> float:
        """Return how many times what *rival* cost, in the usual round: a neighbour disturbs both."""
        return median(ours / theirs for ours, theirs in zip(self.rounds, rival.rounds, strict=True))


def costs(rivals: Mapping[str, Rival], rounds: int = ROUNDS) -> dict[str, Cost]:
    """Ask the rivals in turns, a second each and *rounds* times, and return what each cost.

    The processor time is the figure to compare: that a neighbour uses the other core
    changes how long requests take, and hardly what they cost.
    """
    for name, rival in rivals.items():
        _look(name, rival)
    asked = [{name: _asked(name, rival) for name, rival in rivals.items()} for _ in range(rounds)]
    return {
        name: Cost(max(each[name].rate for each in asked), tuple(each[name].micros for each in asked))
        for name in rivals
    }


def _look(name: str, rival: Rival) -> None:
    """Raise where a rival refuses: wrk takes a redirect for a success."""
    headers = dict(header.split(": ", 1) for header in rival.headers)
    with closing(http.client.HTTPConnection(LOOPBACK, rival.port, timeout=30)) as connection:
        connection.request("GET", rival.path, headers=headers)
        status = connection.getresponse().status
    if status not in (200, 204):
        raise RuntimeError(f"{name} answered {status}")


def _asked(name: str, rival: Rival) -> Cost:
    wrk = shutil.which("wrk")
    if wrk is None:
        raise RuntimeError("wrk is missing: apt-get install wrk")
    words = [word for header in rival.headers for word in ("-H", header)]
    url = f"http://{LOOPBACK}:{rival.port}{rival.path}"
    before = sum(map(_seconds_of, rival.servers))
    told = subprocess.run(
        [wrk, "-t1", "-c16", f"-d{SECONDS}s", *words, url], capture_output=True, text=True, check=True
    ).stdout
    spent = sum(map(_seconds_of, rival.servers)) - before
    if bad := _BAD.search(told):
        raise RuntimeError(f"{name} refused {bad[1]} requests")
    rate, count = _RATE.search(told), _COUNT.search(told)
    if rate is None or count is None:
        raise RuntimeError(told)
    return Cost(float(rate[1]), (spent / int(count[1]) * 1e6,))


def _seconds_of(pid: int) -> float:
    """Return the processor time of a process and of those that it started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(_seconds_of(int(child)) for child in children)
