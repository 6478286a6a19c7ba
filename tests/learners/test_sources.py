"""Who is visiting, by each source: a RUN, nobody, the unknown learner, or an error.

The ids H2 to H7 and K14 name the cases of the threat model.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sence_gate.errors import IdentityUnavailable, UntrustworthyIdentity
from sence_gate.learners import Claim, Standing, run_of
from sence_gate.learners.sources import (
    ask,
    from_callable,
    from_environ,
    from_header,
    header_key,
    is_trusted,
    peer_of,
    resolve,
)
from sence_gate.protocol.rut import Rut
from tests.samples import RUN

_TRUSTED = (peer_of("10.0.0.0/8"), peer_of("fd00::/8"))
_HEADER = from_header("X-Remote-User", _TRUSTED, "X-Actor")
_CLAIM = {"HTTP_X_REMOTE_USER": "12.345.678-5"}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("12345678-5", id="canonical"),
        pytest.param("12.345.678-5", id="with dots"),
        pytest.param("123456785", id="without a dash"),
        pytest.param(" 012345678-5 ", id="with blanks and a zero"),
        pytest.param(123456785, id="as a number"),
        pytest.param(RUN, id="as a RUN"),
    ],
)
def test_a_run_in_any_spelling_is_a_learner(text: object) -> None:
    """However the platform writes the RUN, the learner is the same."""
    assert run_of(text) == RUN


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("maria", id="a user name"),
        pytest.param("12345678-4", id="a wrong check digit"),
        pytest.param("12345678-5,11111111-1", id="H6 a header sent twice"),
        pytest.param("12345678-5 11111111-1", id="two RUNs"),
        pytest.param(" ", id="a blank"),
        pytest.param("None", id="nothing, written out"),
        pytest.param("0", id="zero"),
        pytest.param(0, id="the number zero"),
        pytest.param(1234500.3, id="a broken number whose digits are a RUN's"),
        pytest.param(False, id="false"),
        pytest.param([], id="an empty list"),
        pytest.param(b"12345678-5", id="bytes"),
        pytest.param("12345678-5@otec.cl", id="C10 an address"),
        pytest.param("-", id="a dash"),
        pytest.param(None, id="none"),
        pytest.param("", id="empty"),
    ],
)
def test_a_claim_that_is_no_run_is_an_error(text: object) -> None:
    """An identity that cannot be read is never nobody: that would let the visitor pass."""
    with pytest.raises(UntrustworthyIdentity):
        run_of(text)


@given(st.text())
def test_any_text_is_a_run_or_the_error(text: str) -> None:
    """Whatever a platform writes, nothing else can come of it."""
    try:
        found = run_of(text)
    except UntrustworthyIdentity:
        return
    assert isinstance(found, Rut)


def test_an_error_does_not_repeat_the_claim() -> None:
    """What was claimed, perhaps a RUN with a slip in it, stands in no message and no cause."""
    with pytest.raises(UntrustworthyIdentity) as caught:
        run_of("12345678-4")
    assert "12345678" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_ask_knows_nobody() -> None:
    """When the learner is asked, no request says who it is, whatever it claims."""
    assert ask({"REMOTE_USER": "12345678-5", **_CLAIM}) is Standing.UNKNOWN


@pytest.mark.parametrize(
    ("environ", "identity"),
    [
        pytest.param({"REMOTE_USER": "12345678-5"}, "12345678-5", id="a RUN"),
        pytest.param({"REMOTE_USER": ""}, Standing.NOBODY, id="empty"),
        pytest.param({}, Standing.NOBODY, id="missing"),
        pytest.param({"REMOTE_USER": None}, Standing.NOBODY, id="none"),
        pytest.param({"HTTP_REMOTE_USER": "12345678-5"}, Standing.NOBODY, id="H7 a header of that name"),
    ],
)
def test_a_variable_names_the_learner(environ: dict[str, Any], identity: object) -> None:
    """The web server's variable counts; a header that any visitor can send is another one."""
    claim = from_environ("REMOTE_USER")(environ)
    assert (claim.name if isinstance(claim, Claim) else claim) == identity


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        pytest.param("muñoz".encode(), "muñoz", id="UTF-8"),
        pytest.param("muñoz".encode("latin-1"), "muñoz", id="latin-1"),
        pytest.param("１２３４５６７８-5".encode(), "１２３４５６７８-5", id="full-width digits"),
        pytest.param(b"\xc3", "Ã", id="half a letter"),
    ],
)
def test_a_name_is_what_the_server_wrote(sent: bytes, name: str) -> None:
    """WSGI hands each byte over as a character; a roster and `exempt` have the name as people write it."""
    given = sent.decode("latin-1")
    claim = from_environ("REMOTE_USER")({"REMOTE_USER": given, "rol": given})
    assert isinstance(claim, Claim)
    assert (claim.name, claim.look("rol")) == (name, name)
    by_header = _HEADER({"HTTP_X_REMOTE_USER": given, "REMOTE_ADDR": "10.1.2.3"})
    assert isinstance(by_header, Claim)
    assert by_header.name == name


def test_a_name_that_was_set_as_text_stays() -> None:
    """A middleware of the platform may set the variable itself, as any text."""
    claim = from_environ("REMOTE_USER")({"REMOTE_USER": "łukasz"})
    assert isinstance(claim, Claim)
    assert claim.name == "łukasz"


@pytest.mark.parametrize(
    ("actor", "is_impersonated"),
    [
        pytest.param({"XACTOR": "jefa"}, True, id="somebody"),
        pytest.param({"XACTOR": "0"}, False, id="no"),
        pytest.param({}, False, id="nothing"),
        pytest.param({"HTTP_XACTOR": "jefa"}, False, id="H7 a header of that name"),
    ],
)
def test_a_variable_tells_who_looks_through_an_account(actor: dict[str, str], is_impersonated: bool) -> None:
    """The variable that the operator named, and no header."""
    claim = from_environ("REMOTE_USER", "XACTOR")({"REMOTE_USER": "maria", **actor})
    assert isinstance(claim, Claim)
    assert claim.is_impersonated is is_impersonated


@pytest.mark.parametrize(
    ("peer", "is_believed"),
    [
        pytest.param({"REMOTE_ADDR": "10.1.2.3"}, True, id="inside"),
        pytest.param({"REMOTE_ADDR": "10.0.0.0"}, True, id="the first address"),
        pytest.param({"REMOTE_ADDR": "10.255.255.255"}, True, id="the last address"),
        pytest.param({"REMOTE_ADDR": "fd00::1"}, True, id="inside, IPv6"),
        pytest.param({"REMOTE_ADDR": "::ffff:10.1.2.3"}, True, id="inside, by a socket for both"),
        pytest.param({"REMOTE_ADDR": "11.0.0.1"}, False, id="H4 outside"),
        pytest.param({"REMOTE_ADDR": "::ffff:11.0.0.1"}, False, id="H4 outside, by a socket for both"),
        pytest.param({"REMOTE_ADDR": "fe80::1%eth0"}, False, id="H4 outside, IPv6"),
        pytest.param({"REMOTE_ADDR": ""}, False, id="a unix socket that is not named"),
        pytest.param({}, False, id="no address"),
        pytest.param({"REMOTE_ADDR": "10.1.2.3, 11.0.0.1"}, False, id="H3 a list"),
        pytest.param({"REMOTE_ADDR": "10.1.2"}, False, id="cut off"),
        pytest.param({"REMOTE_ADDR": "010.1.2.3"}, False, id="octal"),
        pytest.param({"REMOTE_ADDR": "localhost"}, False, id="a name"),
        pytest.param({"REMOTE_ADDR": "11.0.0.1", "HTTP_X_FORWARDED_FOR": "10.0.0.1"}, False, id="H3 hops"),
        pytest.param({"HTTP_REMOTE_ADDR": "10.1.2.3"}, False, id="H3 a header of that name"),
    ],
)  # fmt: skip
def test_a_header_counts_from_trusted_proxies(peer: dict[str, str], is_believed: bool) -> None:
    """A header is a claim of whoever sent it; who went around the proxy is an error, and not nobody."""
    assert is_trusted(peer, _TRUSTED) is is_believed
    if is_believed:
        claim = _HEADER({**peer, **_CLAIM, "HTTP_X_ACTOR": "jefa"})
        assert isinstance(claim, Claim)
        assert (claim.name, claim.is_impersonated) == ("12.345.678-5", True)
        return
    for environ in (peer, {**peer, **_CLAIM}):
        with pytest.raises(UntrustworthyIdentity, match="trusted_proxies"):
            _HEADER(environ)


def test_nobody_is_trusted_unless_named() -> None:
    """Without trusted proxies not even this host is one."""
    assert not is_trusted({"REMOTE_ADDR": "127.0.0.1"}, ())
    assert not is_trusted({"REMOTE_ADDR": ""}, ())


@pytest.mark.parametrize("peer", [{}, {"REMOTE_ADDR": ""}])
def test_a_unix_socket_is_trusted_when_it_is_named(peer: dict[str, str]) -> None:
    """A proxy on this host may come by a socket, which has no address; only "unix" stands for it."""
    assert is_trusted(peer, [*_TRUSTED, peer_of("unix")])
    assert not is_trusted({"REMOTE_ADDR": "unix"}, [peer_of("unix")])


def test_a_network_of_mapped_addresses_is_taken_as_written() -> None:
    """An operator may name the proxies by the addresses that the server shows."""
    assert is_trusted({"REMOTE_ADDR": "::ffff:10.1.2.3"}, [peer_of("::ffff:10.0.0.0/104")])


@pytest.mark.parametrize("text", ["", "Unix", "10.0.0.1/8", "localhost", "10.0.0.0/33", "*"])
def test_other_peers_are_refused(text: str) -> None:
    """What is neither a network nor "unix" is told when the gate starts."""
    with pytest.raises(ValueError, match=r"."):
        peer_of(text)


def test_a_trusted_proxy_may_name_nobody() -> None:
    """A proxy that sends no name, or an empty one, says that nobody is logged in."""
    assert _HEADER({"REMOTE_ADDR": "10.0.0.1"}) is Standing.NOBODY
    assert _HEADER({"REMOTE_ADDR": "10.0.0.1", "HTTP_X_REMOTE_USER": ""}) is Standing.NOBODY


@pytest.mark.parametrize("name", ["X-Remote-User", "x-remote-user", "X_Remote_User"])
def test_h6_a_header_has_one_variable(name: str) -> None:
    """However a header is spelled, WSGI has one variable for it, and the gate looks at that one."""
    assert header_key(name) == "HTTP_X_REMOTE_USER"


@pytest.mark.parametrize(
    ("answer", "identity"),
    [
        pytest.param("11.111.111-1", "11.111.111-1", id="a RUN"),
        pytest.param(None, Standing.NOBODY, id="nobody"),
        pytest.param("", Standing.NOBODY, id="empty"),
        pytest.param(Standing.EXEMPT, Standing.EXEMPT, id="staff"),
        pytest.param(Standing.IMPERSONATED, Standing.IMPERSONATED, id="somebody else"),
        pytest.param(Claim("11111111-1"), "11111111-1", id="a claim"),
        pytest.param(0, 0, id="zero, which is no RUN and not nobody"),
    ],
)
def test_a_function_names_the_learner(answer: object, identity: object) -> None:
    """A function of the platform is asked with the request, and its answer is read like any other."""
    claim = from_callable(lambda environ: environ["platform.user"])({"platform.user": answer})
    assert (claim.name if isinstance(claim, Claim) else claim) == identity


def test_a_function_that_fails_names_nobody() -> None:
    """It may be asked again (503), and is never nobody; its message may hold a RUN and is not repeated."""

    def fail(_environ: object) -> str:
        raise KeyError(RUN.canonical)

    with pytest.raises(IdentityUnavailable, match=r"failed with KeyError$"):
        from_callable(fail)({})


def test_a_dotted_name_is_found() -> None:
    """`package.module:function` names the function itself."""
    found: object = resolve("sence_gate.learners.sources:ask")
    assert found is ask


@pytest.mark.parametrize(
    ("dotted", "error"),
    [
        pytest.param("no_such_package.at_all:run", ImportError, id="no such module"),
        pytest.param("sence_gate.learners.sources:run", AttributeError, id="no such function"),
        pytest.param("sence_gate.learners", AttributeError, id="no function named"),
        pytest.param("sence_gate.learners.sources:annotations", TypeError, id="no function"),
        pytest.param("", ValueError, id="nothing"),
        pytest.param(".learners:ask", TypeError, id="relative"),
    ],
)
def test_other_dotted_names_are_refused(dotted: str, error: type[Exception]) -> None:
    """A name that leads nowhere is told when the gate starts."""
    with pytest.raises(error):
        resolve(dotted)
