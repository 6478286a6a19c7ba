"""Who logs in with a token, and no cookie, is somebody behind a front server too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.doors import site as doors
from tests.doors.site import LESSON, RUN, Site

# The platform tells back what it was asked with: whoever brings a token is the one whom it names.
WHOAMI = {
    "SENCE_GATE_PLATFORM__UPSTREAM": "{platform}",
    "SENCE_GATE_LEARNER__SOURCE": "whoami",
    "SENCE_GATE_LEARNER__URL": "/api/eco",
    "SENCE_GATE_LEARNER__JSON": "/headers/HTTP_AUTHORIZATION",
    "SENCE_GATE_LEARNER__NOBODY": "mark",
}


@pytest.fixture(name="site", scope="module", params=["nginx", "forward"], ids=["nginx", "Caddy"])
def _site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with doors.site(tmp_path_factory.mktemp("site"), request.param, settings=WHOAMI) as site:
        yield site


def test_i_whoever_brings_a_token_needs_a_session(site: Site) -> None:
    """The front server's question carries it, so that the gate asks the platform with it."""
    answer = site.get(LESSON, "Accept: text/html", f"Authorization: {RUN}")
    assert (answer.status, answer.header("Location").partition("&")[0]) == (303, "/_sence/inicio?curso=excel")


def test_whoever_brings_nothing_is_the_platform_s_to_ask(site: Site) -> None:
    """Nobody is logged in, and the platform has its own page for that."""
    assert "/ingresar" in site.get(LESSON, "Accept: text/html").header("Location")
