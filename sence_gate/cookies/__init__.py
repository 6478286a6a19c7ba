"""What a browser keeps for us: signed cookies, and the ids of attempts.

Each purpose has a salt of its own, as has each gate, so that no cookie passes for another:

- *attempt*: this browser began the attempt; the page the learner wanted.
- *confirmed*: SENCE's answer, from the callback to `/vuelta`. Proves nothing
  about who holds it: the callback travels through any browser.
- *session*: this browser's learner has an open session in a course.
- *bypass*: this learner went into a course during a contingency.
- *closed*: this browser has seen its session closed, and may see so again.
- *exit*: the trip to SENCE ends with a logout at the platform, and which.
- *leaving*: the learner was asked just now whether to close first.
- *probe*: this browser keeps cookies at all.

Attributes: RFC 6265bis, section 4.1.3 (`__Host-`).
"""

from sence_gate.cookies.attempts import TAG_LENGTH, Attempt, AttemptIds, course_of, issued_at, tag_of
from sence_gate.cookies.jar import (
    ATTEMPT_LIFE,
    LATE_CLOSE,
    MAX_ATTEMPTS,
    MAX_WANTED,
    RESEND_WITHIN,
    SKEW,
    Cookies,
    Mark,
    SetCookie,
)
from sence_gate.cookies.splitting import (
    CANDIDATES,
    MAX_COOKIES,
    MAX_REMEMBERED,
    MAX_VALUE,
    PURPOSES,
    cookie_name,
)

__all__ = [
    "ATTEMPT_LIFE", "CANDIDATES", "LATE_CLOSE", "MAX_ATTEMPTS", "MAX_COOKIES", "MAX_REMEMBERED",
    "MAX_VALUE", "MAX_WANTED", "PURPOSES", "RESEND_WITHIN", "SKEW", "TAG_LENGTH", "Attempt",
    "AttemptIds", "Cookies", "Mark", "SetCookie", "cookie_name", "course_of", "issued_at", "tag_of",
]  # fmt: skip
