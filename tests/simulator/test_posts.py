"""What a platform's form becomes."""

from __future__ import annotations

import pytest

from sence_gate.simulator.posts import MOST_FIELDS, Post, parse_form
from sence_gate.simulator.tables import Action, Environment


def test_blank_values_are_kept() -> None:
    """CodSence of a social programme is sent empty, and that is not the same as not sent."""
    assert parse_form(b"CodSence=&Token=a+b%C3%B1") == {"CodSence": "", "Token": "a bñ"}


def test_a_repeated_parameter_is_joined() -> None:
    """As in ASP, both values are seen, so that the checks refuse them."""
    assert parse_form(b"Token=a&Token=b") == {"Token": "a,b"}


def test_bytes_that_are_no_utf8_are_replaced() -> None:
    """Bad bytes are refused by the checks, not by the parser."""
    assert parse_form(b"Token=%ff\xff") == {"Token": "\N{REPLACEMENT CHARACTER}" * 2}


def test_too_many_parameters_are_refused() -> None:
    """A flood of parameters is an error of the sender."""
    with pytest.raises(ValueError, match="fields"):
        parse_form(b"a=1&" * (MOST_FIELDS + 1))


def test_a_post_hides_its_values() -> None:
    """The token and the RUN never stand in a repr."""
    post = Post(Environment.TEST, Action.START, {"Token": "secreto"})

    assert "secreto" not in repr(post)


@pytest.mark.parametrize(
    "fields", [pytest.param({}, id="missing"), pytest.param({"Token": " \t"}, id="white space")]
)
def test_a_blank_parameter_is_blank(fields: dict[str, str]) -> None:
    """Missing and white space are the same to error 200."""
    assert Post(Environment.TEST, Action.START, fields).is_blank("Token")
