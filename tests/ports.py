"""Ports of this machine that nobody listens on, and servers that begin to listen."""

from __future__ import annotations

import socket
import subprocess
import time
from pathlib import Path

import pytest

LOOPBACK = "127.0.0.1"
PATIENCE = 60.0  # seconds: others use this machine too


def free_ports(count: int) -> list[int]:
    """Return *count* ports that nobody listens on."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind((LOOPBACK, 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def free_port() -> int:
    """Return a port that nobody listens on."""
    (port,) = free_ports(1)
    return port


def await_server(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Return when *process* listens on *port*; a test whose server never does fails with its *log*."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((LOOPBACK, port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail(f"a server did not start: {log.read_text(encoding='utf-8', errors='replace')[-2000:]}")
