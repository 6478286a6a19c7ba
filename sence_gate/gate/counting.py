"""The words under which decisions are counted."""

from __future__ import annotations

from typing import assert_never

from sence_gate.errors import IdentityUnavailable, SenceGateError, UnreadablePath, UntrustworthyIdentity
from sence_gate.gate.decisions import (
    Admitted,
    AlreadyOpen,
    Barred,
    ChoiceNeeded,
    Decision,
    Exempt,
    HandOff,
    NoLongerOpen,
    NotEnrolled,
    NotYetOpen,
    PageNeeded,
    StartNeeded,
    Untouched,
)

ADMITTED = "admitted"
UNAVAILABLE = "unavailable"  # the store, or who knows the learner, could not be asked


def word_of(decision: Decision) -> str:
    """Return the word of a decision."""
    match decision:
        case Admitted():
            return "grace" if decision.is_grace else ADMITTED
        case Untouched():
            return "untouched"
        case Exempt():
            return "exempt"
        case StartNeeded() | ChoiceNeeded():
            return "start_needed"
        case NotEnrolled():
            return "not_enrolled"
        case NotYetOpen() | NoLongerOpen():
            return "not_open"
        case PageNeeded():
            return "page_needed"
        case _:
            assert_never(decision)


def word_of_start(answer: HandOff | AlreadyOpen | Exempt | Barred) -> str:
    """Return the word of what the start button came to."""
    match answer:
        case HandOff():
            return "sent"
        case AlreadyOpen():
            return "already_open"
        case _:
            return word_of(answer)


def word_of_fault(fault: SenceGateError) -> str:
    """Return the word of what stood in the way of a decision."""
    match fault:
        case IdentityUnavailable():
            return UNAVAILABLE
        case UnreadablePath():
            return "unreadable"
        case UntrustworthyIdentity():
            return "untrustworthy"
        case _:
            return UNAVAILABLE
