"""The campus of these tests, and a look at all that they log."""

from __future__ import annotations

from tests.given import discreet_log, plain_campus, trusted_campus

__all__ = ["discreet_log", "plain_campus", "trusted_campus"]
