"""Every exception of the project, in one family.

::

    SenceGateError
    ├── ConfigurationError      the operator's settings; all faults at once
    ├── LocalProtocolError      we were about to send what the manual forbids
    ├── RemoteProtocolError     what arrived does not read as the manual says
    ├── IllegalTransition       SENCE cannot have meant this in this state
    ├── InvalidRut              not a RUN or RUT
    ├── UnreadablePath          a request path that no careful server serves
    ├── UntrustworthyIdentity   the platform names a learner, but not by a RUN
    │   └── IdentityUnavailable the platform could not say who is visiting: never "nobody"
    ├── Misdescribed            a front server asks, and does not say well about which request
    ├── UnusableRequest         a request that cannot be passed on to the platform: answer 400
    ├── UpstreamFault           the platform behind the proxy gave no answer that can be passed on
    │   ├── UpstreamAway        it cannot be reached, or does not answer in HTTP: answer 502
    │   └── UpstreamSlow        it is silent: answer 504
    ├── UpstreamBrokeOff        its answer ended too early, when its beginning was sent already
    └── StoreUnavailable        the store cannot answer: never "there is nothing"
        └── StoreAway           only the shared store: what is written now is kept on this host

Ours and theirs are kept apart: a `LocalProtocolError` is a bug or a fault of
configuration, a `RemoteProtocolError` is recorded and answered with a page.
"""

from __future__ import annotations


class SenceGateError(Exception):
    """The root: catch it to catch everything that this package raises on purpose."""


class ConfigurationError(SenceGateError):
    """The settings cannot be used; nothing was started.

    `faults` holds one line per fault, each `path: what is wrong and what to do`;
    `file` is the one that is to be corrected, where the lines do not name it.
    """

    def __init__(self, faults: tuple[str, ...], file: str = "") -> None:
        super().__init__("\n".join((f"In {file}:", *faults) if file else faults))
        self.faults = faults
        self.file = file


class LocalProtocolError(SenceGateError):
    """A form of ours breaks the manual and was not sent.

    `faults` holds `(field, what is wrong)` pairs, the field in our snake_case.
    Values are left out on purpose: they may be secrets or RUNs.
    """

    def __init__(self, faults: tuple[tuple[str, str], ...]) -> None:
        super().__init__("; ".join(f"{name}: {text}" for name, text in faults))
        self.faults = faults


class RemoteProtocolError(SenceGateError):
    """A callback could not be read as a message of the manual.

    `raw` keeps whatever name and value pairs could be read, for the ledger.
    """

    def __init__(self, reason: str, raw: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.raw = raw


class IllegalTransition(SenceGateError):
    """The event cannot happen in this state; the session is unchanged."""


class InvalidRut(SenceGateError, ValueError):
    """The text is not a RUN or RUT, or its check digit is wrong."""


class UnreadablePath(SenceGateError):
    """The path holds control characters, or too many ways to read it: answer 400."""


class UntrustworthyIdentity(SenceGateError):
    """An identity is claimed and is not a RUN: neither a learner nor nobody."""


class IdentityUnavailable(UntrustworthyIdentity):
    """The platform could not say who is visiting; may be asked again. Says nothing about who it is."""


class Misdescribed(SenceGateError):
    """A front server's question does not say, once and well formed, which request it is about."""


class UnusableRequest(SenceGateError):
    """The request cannot be passed on: it is no HTTP/1.1, or its body ended too early."""


class UpstreamFault(SenceGateError):
    """The platform behind the proxy gave no answer; what it did with the request is not known."""


class UpstreamAway(UpstreamFault):
    """The platform cannot be reached, or what it says is not HTTP."""


class UpstreamSlow(UpstreamFault):
    """The platform takes no connection, or did not begin its answer in time."""


class UpstreamBrokeOff(SenceGateError):
    """The platform's answer ended too early: whoever passes it on must not end it as if it were whole."""


class StoreUnavailable(SenceGateError):
    """The store could not answer in time; says nothing about what it holds."""


class StoreAway(StoreUnavailable):
    """The shared store could not answer; what is written meanwhile is kept, and reaches it later.

    `was_asked` tells that it was asked: what it did not answer may have happened.
    """

    def __init__(self, reason: str, *, was_asked: bool = True) -> None:
        super().__init__(reason)
        self.was_asked = was_asked
