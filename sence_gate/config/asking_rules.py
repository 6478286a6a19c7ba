"""What `[forward_auth]` must satisfy before the first question.

A door for front servers that everybody could ask, or that would say yes to
everybody, is a fault at the start. No value stands in a fault.
"""

from __future__ import annotations

import re

from sence_gate.config.faults import Faults
from sence_gate.config.model import LearnerSource
from sence_gate.config.rules import KEY_MIN, NEW_KEY, can_be_guessed
from sence_gate.config.shape import Settings

_VALUE = re.compile(r"[A-Za-z0-9_.~+/=-]+")  # needs no quotes in any front server's file


def judge(settings: Settings, faults: Faults) -> None:
    """Add to *faults* everything that is wrong with `[forward_auth]`."""
    asked = settings.forward_auth
    if asked.secret:
        _judge_secret(asked.secret, faults)
    if asked.dialect is not None:
        _judge_surroundings(settings, faults)
    elif asked.secret and not faults.covers("forward_auth.dialect"):
        faults.add("forward_auth.dialect", 'is missing — write "nginx", or "forward" for Caddy and Traefik')


def _judge_secret(secret: str, faults: Faults) -> None:
    if len(secret) < KEY_MIN or can_be_guessed(secret):
        faults.add("forward_auth.secret", f"can be guessed, or is short — {NEW_KEY}")
    elif not _VALUE.fullmatch(secret):
        faults.add("forward_auth.secret", f"holds what a header cannot hold safely — {NEW_KEY}")


def _judge_surroundings(settings: Settings, faults: Faults) -> None:
    if not settings.trusted_proxies:
        text = "is empty, so that no front server may ask forward_auth — name its address"
        faults.add("trusted_proxies", text)
    if settings.learner.source is LearnerSource.ENVIRON:
        # Nobody would be logged in, ever, and everybody would pass.
        text = 'is "environ", and a front server that asks brings none — take "ask" or "header"'
        faults.add("learner.source", text)
