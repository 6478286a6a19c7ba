"""Whether this host's clock can be right: a machine that woke up without one believes in 1970."""

from __future__ import annotations

from datetime import UTC, datetime

# The year of the first release: that of the copyright, against which a test holds it.
EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)


def is_set(now: datetime) -> bool:
    """Tell whether *now*, aware, is a time at which this code can be running."""
    return now >= EARLIEST
