"""What the rest of the package reads from the settings."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from sence_gate.config import Config, load_config
from tests.config.given import RUT, TOKEN, course, settings


@pytest.mark.parametrize(
    ("public_url", "origin", "mount"),
    [
        pytest.param("https://campus.otec.cl", "https://campus.otec.cl", "", id="host alone"),
        pytest.param("https://otec.cl:8443/a/b/", "https://otec.cl:8443", "/a/b", id="port and mount"),
        pytest.param("http://[::1]:8000/x", "http://[::1]:8000", "/x", id="loopback"),
    ],
)
def test_the_public_address_has_an_origin_and_a_mount(public_url: str, origin: str, mount: str) -> None:
    """Both are as browsers write them, and together they are the address."""
    config = load_config(settings(public_url=public_url), {})
    assert (config.origin, config.mount, config.public_url) == (origin, mount, origin + mount)


def test_the_gates_own_addresses_stand_under_mount_and_prefix() -> None:
    """SENCE posts to the address that the platform's front server lets through."""
    config = load_config(settings(public_url="https://otec.cl/campus", prefix="/gate/x"), {})
    assert config.url("/inicio/ok") == "https://otec.cl/campus/gate/x/inicio/ok"


def test_https_is_what_makes_cookies_secure() -> None:
    """A developer's http on this very machine has cookies that arrive."""
    assert load_config(settings(), {}).secure
    assert not load_config(settings(public_url="http://localhost:8000"), {}).secure


def test_each_otec_is_told_once() -> None:
    """Many courses of one OTEC have one token."""
    given = settings(courses=[course(), course(id="word"), course(id="access")])
    assert [str(otec.rut) for otec in load_config(given, {}).otecs] == [RUT]


def test_tokens_are_kept_as_sence_wants_them() -> None:
    """A token copied with blanks and small letters is the same token."""
    given = settings(otec={"rut": RUT, "token": f" {TOKEN.lower()}\n"})
    assert load_config(given, {}).otecs[0].token == TOKEN


def test_settings_cannot_be_changed() -> None:
    """What was checked at the start holds until the end."""
    config: Config = load_config(settings(), {})
    with pytest.raises(FrozenInstanceError):
        config.prefix = "/x"  # type: ignore[misc]  # the very thing that is tried
