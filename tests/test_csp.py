"""What a page's policy must admit for the bar, and that nothing else is loosened."""

from __future__ import annotations

import pytest

from sence_gate.csp import Admission, Blocked, Needs, admit

SCRIPT = "https://campus.cl/_sence/banner.js"
STATE = "https://campus.cl/_sence/estado"
NEEDS = Needs(SCRIPT, STATE)


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param("default-src 'self'", id="self by default"),
        pytest.param("DEFAULT-SRC 'SELF'", id="in capitals"),
        pytest.param("script-src 'self'; connect-src 'self'; default-src 'none'", id="self in both"),
        pytest.param("default-src https:", id="every https URL"),
        pytest.param("script-src *; connect-src *", id="every URL"),
        pytest.param("default-src https://campus.cl", id="our origin"),
        pytest.param("default-src https://CAMPUS.cl/", id="our origin, in capitals"),
        pytest.param(f"script-src {SCRIPT}; connect-src {STATE}", id="our very URLs"),
        pytest.param("default-src campus.cl", id="our host"),
        pytest.param("default-src *.cl:443", id="hosts like ours, with the port"),
        pytest.param("default-src http://campus.cl:*/_sence/", id="our folder, of a weaker scheme"),
        pytest.param("img-src 'none'; frame-ancestors 'none'", id="says nothing of scripts"),
        pytest.param("sandbox allow-scripts allow-same-origin", id="sandbox that lets us work"),
        pytest.param(
            "script-src 'none'; script-src-elem 'self'; connect-src *", id="script-src-elem governs"
        ),
        pytest.param("require-trusted-types-for 'script'; trusted-types x", id="trusted types"),
        pytest.param("", id="empty"),
    ],
)
def test_i27_a_sufficient_policy_stays(policy: str) -> None:
    """A policy that grants both needs is not touched."""
    assert admit((policy,), NEEDS) == Admission((policy,))


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        pytest.param(
            "script-src 'none'; connect-src 'none'; img-src 'none'",
            f"script-src {SCRIPT}; connect-src {STATE}; img-src 'none'",
            id="none gives way",
        ),
        pytest.param(
            "default-src 'none'",
            f"default-src 'none'; script-src {SCRIPT}; connect-src {STATE}",
            id="only default-src, and it is none",
        ),
        pytest.param(
            "default-src https://cdn.cl; img-src *;",
            "default-src https://cdn.cl; img-src *; "
            f"script-src https://cdn.cl {SCRIPT}; connect-src https://cdn.cl {STATE}",
            id="only default-src: its list is copied, not widened",
        ),
        pytest.param(
            "script-src https://cdn.cl",
            f"script-src https://cdn.cl {SCRIPT}",
            id="nothing said of connections",
        ),
        pytest.param("script-src", f"script-src {SCRIPT}", id="empty list"),
        pytest.param("script-src *.campus.cl", f"script-src *.campus.cl {SCRIPT}", id="hosts below ours"),
        pytest.param("script-src campus.cl:8443", f"script-src campus.cl:8443 {SCRIPT}", id="another port"),
        pytest.param("script-src ws://campus.cl", f"script-src ws://campus.cl {SCRIPT}", id="another scheme"),
        pytest.param(
            "script-src campus.cl/_sence", f"script-src campus.cl/_sence {SCRIPT}", id="another path"
        ),
        pytest.param(
            "default-src 'none'; script-src\xa0x",
            f"default-src 'none'; script-src\xa0x; script-src {SCRIPT}; connect-src {STATE}",
            id="a name with a no-break space is another name",
        ),
        pytest.param(
            "script-src 'self'; script-src-elem https://cdn.cl",
            f"script-src 'self'; script-src-elem https://cdn.cl {SCRIPT}",
            id="script-src-elem governs",
        ),
        pytest.param(
            "script-src https://a.cl; script-src 'self'",
            f"script-src https://a.cl {SCRIPT}; script-src 'self'",
            id="the first of two directives counts",
        ),
        pytest.param(
            "script-src 'sha256-abc=' 'unsafe-inline'",
            f"script-src 'sha256-abc=' 'unsafe-inline' {SCRIPT}",
            id="hashes",
        ),
        pytest.param(
            "default-src 'self'; connect-src https://api.cl",
            f"default-src 'self'; connect-src https://api.cl {STATE}",
            id="only connections are missing",
        ),
        pytest.param(
            "default-src 'self',script-src https://cdn.cl",
            f"default-src 'self',script-src https://cdn.cl {SCRIPT}",
            id="two policies in one header",
        ),
        pytest.param(
            "default-src 'self'; script-src 'nonce-a\"><x>'",
            f"default-src 'self'; script-src 'nonce-a\"><x>' {SCRIPT}",
            id="something that is no nonce",
        ),
    ],
)
def test_i27_missing_urls_are_added(policy: str, expected: str) -> None:
    """Exactly our two URLs are added, where they are missing."""
    assert admit((policy,), NEEDS) == Admission((expected,))


def test_i27_every_policy_must_admit() -> None:
    """Of several headers, those that grant our needs stay and the others get them."""
    policies = ("default-src 'self'", "script-src https://cdn.cl")
    assert admit(policies, NEEDS) == Admission((policies[0], f"script-src https://cdn.cl {SCRIPT}"))


@pytest.mark.parametrize(
    "policies",
    [
        pytest.param(("script-src 'nonce-Ab+/_-9=='",), id="nonce"),
        pytest.param(("script-src 'strict-dynamic' 'self' 'nonce-Ab+/_-9=='",), id="strict-dynamic"),
        pytest.param(("script-src 'self'", "script-src-elem 'nonce-Ab+/_-9=='"), id="one of two policies"),
        pytest.param(("default-src 'nonce-Ab+/_-9=='; connect-src 'self'",), id="by default"),
    ],
)
def test_i27_a_nonce_is_borrowed(policies: tuple[str, ...]) -> None:
    """Where a nonce loads scripts, the tag takes it and the policy stays."""
    assert admit(policies, NEEDS) == Admission(policies, "Ab+/_-9==")


def test_i27_a_nonce_is_not_needed_beside_self() -> None:
    """A policy that admits our URL leaves the tag as it is, and the page cacheable."""
    policy = "script-src 'self' 'nonce-abc'"
    assert admit((policy,), NEEDS) == Admission((policy,))


def test_i27_a_second_nonce_gets_our_url() -> None:
    """A tag has one nonce: a policy with another one gets our URL."""
    policies = ("script-src 'nonce-a'", "script-src 'nonce-b'")
    assert admit(policies, NEEDS) == Admission((policies[0], f"script-src 'nonce-b' {SCRIPT}"), "a")


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        pytest.param("sandbox", Blocked.SANDBOX, id="sandbox"),
        pytest.param("sandbox allow-scripts", Blocked.SANDBOX, id="sandbox without cookies"),
        pytest.param("sandbox allow-same-origin", Blocked.SANDBOX, id="sandbox without scripts"),
        pytest.param(
            "script-src 'strict-dynamic' 'self' 'sha256-x'", Blocked.STRICT_DYNAMIC, id="hashes only"
        ),
        pytest.param("require-sri-for script style", Blocked.INTEGRITY, id="integrity"),
    ],
)
def test_i27_i28_a_hopeless_policy_blocks(policy: str, reason: Blocked) -> None:
    """A policy under which the bar cannot work is left alone, with its reason."""
    assert admit(("default-src 'self'", policy), NEEDS) == reason
