"""Run the gate on gunicorn, whose manners a proxy needs.

It breaks the connection off when a body breaks off (granian ends a chunked answer as
if it were whole), says which address the browser sent before anything was decoded,
and tells a body that was cut from one that ended. Threads wait for the platform, so there are
many; what the workers of one host share is in the store.
"""

from __future__ import annotations

import errno
import logging
import os
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sence_gate.assembly import APP_LOAD_ERROR, NEITHER, assembled, look_for
from sence_gate.config import Config
from sence_gate.errors import ConfigurationError, SenceGateError
from sence_gate.stores import open_store
from sence_gate.upstream import Upstream

if TYPE_CHECKING:
    from sence_gate.middleware import SenceGate
    from sence_gate.proxy import ReverseProxy

LOG_FORMAT = "%(asctime)s %(levelname)s %(message)s"


class CannotServe(SenceGateError):
    """The server cannot start; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Service:
    """Where to listen, and with how many workers and threads in each."""

    host: str
    port: int
    workers: int
    threads: int

    @property
    def url(self) -> str:
        """The address, as a person would try it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


def serve(config: Config, service: Service, tell: Callable[[str], object]) -> None:
    """Run the gate until the process is told to stop; requests in flight are finished first.

    Args:
        tell: is given the line that says what is guarded and where.

    Raises:
        CannotServe: the port cannot be had, or the extra is not installed.
        ConfigurationError: there is nothing to guard, or it cannot be used.
    """
    sys.path.insert(0, os.getcwd())  # as servers do, for platform.wsgi
    _look_at_the_platform(config)
    _look_at_the_port(service)
    open_store(config.store.url).close()  # before there are workers that would each say so
    tell(told(config, service))
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT)
    _run(config, service)


def told(config: Config, service: Service) -> str:
    """Return the line that says what is guarded, and where."""
    platform = config.platform.upstream or config.platform.wsgi or "what its front server asks about"
    courses = ", ".join(course.id for course in config.courses) or "none"
    return (
        f"sence-gate guards {platform} for {config.public_url}; courses: {courses}\n"
        f"listening on {service.url}, {service.workers} workers of {service.threads} threads; Ctrl-C ends it"
    )


def _run(config: Config, service: Service) -> None:
    try:
        from gunicorn.app.base import BaseApplication  # noqa: PLC0415 - comes with the extra alone
    except ImportError:
        raise CannotServe("gunicorn is not installed: run pip install '.[serve]' in the checkout") from None

    class Server(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
        def load_config(self) -> None:
            for name, value in _settings(service).items():
                self.cfg.set(name, value)

        def load(self) -> SenceGate | ReverseProxy:
            try:
                return assembled(config)
            except ConfigurationError as fault:
                sys.stderr.write(f"sence-gate cannot start:\n{fault}\n")
                sys.exit(APP_LOAD_ERROR)

    master = os.getpid()
    try:
        Server().run()
    except SystemExit as ended:  # of a worker too, which tells the server why by its code
        if os.getpid() == master and ended.code:
            sys.exit(1)
        raise


def _settings(service: Service) -> dict[str, object]:
    return {
        "bind": [service.url.removeprefix("http://")],
        "workers": service.workers,
        "threads": service.threads,
        "worker_class": "sence_gate.arriving.Arriving",
        "keepalive": 15,
        "graceful_timeout": 30,
        "limit_request_line": 8190,
        # What a platform takes in one header (8,190), and the gate's own cookies, which it never sees.
        "limit_request_field_size": 16_380,
        "pre_request": join_cookies,
        "loglevel": "warning",
        "proc_name": "sence-gate",
        # Nobody, from wherever, chooses the mount or the scheme by a header: public_url says them.
        "forwarded_allow_ips": "",
        **_control_socket(),
    }


def join_cookies(_worker: object, request: Any) -> None:
    """Write the Cookie headers of *request* as one, where gunicorn would join them by a comma.

    Source: RFC 9113, section 8.2.3: over HTTP/2 a browser may send one header for each cookie.
    """
    cookies = [value for name, value in request.headers if name == "COOKIE"]
    if len(cookies) > 1:
        others = [header for header in request.headers if header[0] != "COOKIE"]
        request.headers = [*others, ("COOKIE", "; ".join(cookies))]


def _control_socket() -> dict[str, object]:
    from gunicorn.config import KNOWN_SETTINGS  # noqa: PLC0415 - as above

    # Newer versions open a door for their own tool, which nobody asked for here.
    name = "control_socket_disable"
    return {name: True} if any(each.name == name for each in KNOWN_SETTINGS) else {}


def _look_at_the_platform(config: Config) -> None:
    platform = config.platform
    if platform.upstream:
        Upstream(platform.upstream, ca=platform.ca).close()
    elif platform.wsgi:
        look_for(platform.wsgi)
    elif not config.forward_auth.dialect:
        raise ConfigurationError((NEITHER,))


def _look_at_the_port(service: Service) -> None:
    family = socket.AF_INET6 if ":" in service.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((service.host, service.port))
        except OSError as fault:
            raise CannotServe(_reason(service, fault)) from None


def _reason(service: Service, fault: OSError) -> str:
    match fault.errno:
        case errno.EADDRINUSE:
            return f"port {service.port} is taken: stop what listens there, or choose another with --port"
        case errno.EACCES:
            return (
                f"port {service.port} is root's: choose one above 1023, and let nginx or Caddy stand in front"
            )
        case _:
            return (
                f"{service.host} is no address of this machine ({fault.strerror}): choose another with --host"
            )
