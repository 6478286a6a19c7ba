"""What the address of a Redis says, what is wrong with it, and that it never shows a password."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sence_gate.errors import ConfigurationError
from sence_gate.stores import open_store
from sence_gate.stores.redis.url import RedisUrl, Topology, is_redis_url, read_redis_url

PASSWORD = "h0rse-battery"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("redis://h", RedisUrl(Topology.SERVER, hosts=(("h", 6379),)), id="shortest"),
        pytest.param("redis://h:7000/3", RedisUrl(Topology.SERVER, hosts=(("h", 7000),), db=3), id="full"),
        pytest.param("redis://h/", RedisUrl(Topology.SERVER, hosts=(("h", 6379),)), id="slash"),
        pytest.param("redis://[::1]:7000", RedisUrl(Topology.SERVER, hosts=(("::1", 7000),)), id="IPv6"),
        pytest.param(
            "rediss://u:p%2F%40%25@h",
            RedisUrl(Topology.SERVER, is_tls=True, hosts=(("h", 6379),), user="u", password="p/@%"),
            id="TLS, user and escaped password",
        ),
        pytest.param(
            "redis://:p:q@h", RedisUrl(Topology.SERVER, hosts=(("h", 6379),), password="p:q"), id="no user"
        ),
        pytest.param(
            "unix:///run/a%20b.sock?db=2",
            RedisUrl(Topology.SOCKET, socket="/run/a b.sock", db=2),
            id="socket",
        ),
        pytest.param(
            "unix://u:p@/run/r.sock",
            RedisUrl(Topology.SOCKET, socket="/run/r.sock", user="u", password="p"),
            id="socket with user",
        ),
        pytest.param(
            "redis+sentinel://a,b:1/main/4?sentinel_auth=same",
            RedisUrl(
                Topology.SENTINEL,
                hosts=(("a", 26379), ("b", 1)),
                service="main",
                db=4,
                asks_sentinels_likewise=True,
            ),
            id="Sentinels",
        ),
        pytest.param(
            "rediss+cluster://a:1,b:2,[::1]:3",
            RedisUrl(Topology.CLUSTER, is_tls=True, hosts=(("a", 1), ("b", 2), ("::1", 3))),
            id="cluster with TLS",
        ),
        pytest.param(
            "redis://h?prefix=campus-2&session_ttl=30",
            RedisUrl(Topology.SERVER, hosts=(("h", 6379),), prefix="campus-2", session_ttl=30),
            id="options",
        ),
    ],
)
def test_an_address_is_read(url: str, expected: RedisUrl) -> None:
    """Every part stands where it belongs, and what is left out has a sensible default."""
    assert is_redis_url(url)
    assert read_redis_url(url) == expected


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        pytest.param("redis://", "a host that cannot be", id="nothing"),
        pytest.param("redis://h:0x", "a host that cannot be", id="port no number"),
        pytest.param("redis://h:99999", "a host that cannot be", id="port too high"),
        pytest.param("redis://h ost", "a host that cannot be", id="blank"),
        pytest.param("redis://[::1", "is not an address", id="bracket"),
        pytest.param("redis://a,b", "names several hosts — write redis+cluster://", id="two hosts"),
        pytest.param("redis://h/x", "the database is not a number", id="database"),
        pytest.param("redis://h/-1", "the database is not a number", id="negative database"),
        pytest.param("redis://h/0/1", "the database is not a number", id="two databases"),
        pytest.param("redis://h/٣", "the database is not a number", id="other digits"),
        pytest.param("redis+cluster://h/1", "a cluster has only 0", id="database of a cluster"),
        pytest.param("redis+sentinel://h", "names no service", id="no service"),
        pytest.param("redis+sentinel://h/a b", "names no service", id="blank in the service"),
        pytest.param("redis+sentinel://h/m?sentinel_auth=yes", "neither none nor same", id="auth"),
        pytest.param("unix://", "names no socket", id="no socket"),
        pytest.param("unix://h/run/r.sock", "names a host before the socket", id="host and socket"),
        pytest.param("redis://h?prefix=a:b", "prefix is not made of", id="colon in the prefix"),
        pytest.param("redis://h?prefix={a}", "prefix is not made of", id="brace in the prefix"),
        pytest.param("redis://h?prefix=", "prefix is not made of", id="empty prefix"),
        pytest.param("redis://h?session_ttl=0", "write a whole one from 1 to 3650", id="no life"),
        pytest.param("redis://h?session_ttl=4000", "write a whole one from 1 to 3650", id="long life"),
        pytest.param("redis://h?session_ttl=1&session_ttl=2", "says session_ttl twice", id="twice"),
        pytest.param("redis://h?prefx=a", "perhaps prefix is meant", id="misspelled"),
        pytest.param("redis://h?zzz=a", "known are password_file, prefix, session_ttl", id="unknown"),
        pytest.param("redis://h?ca=/etc/passwd", "means nothing here", id="ca without TLS"),
        pytest.param("redis://h?db=1", "means nothing here", id="db where the path says it"),
        pytest.param("rediss://h?ca=ca.pem", "is not a path from the root", id="relative file"),
        pytest.param("rediss://h?ca=/no/such", "ca names a file that cannot be read", id="no such file"),
        pytest.param("rediss://h?key=/etc/passwd", "a key without its certificate", id="key alone"),
        pytest.param("redis://h?password_file=/", "cannot be read", id="a folder as password"),
        pytest.param("redis://:p@h?password_file=/etc/passwd", "keep one of them", id="two passwords"),
        pytest.param("redis://h#x", 'holds "#"', id="fragment"),
        pytest.param("redis://:p/w@h:1/0", 'holds "@" behind a slash — in a password write', id="a slash"),
    ],
)
def test_a_faulty_address_is_refused(url: str, fault: str) -> None:
    """Each fault is one line that names the setting and says what to do."""
    with pytest.raises(ConfigurationError) as caught:
        read_redis_url(url)
    assert all(line.startswith("store.url: ") and " — " in line for line in caught.value.faults)
    assert any(fault in line for line in caught.value.faults)


def test_all_faults_are_told_at_once() -> None:
    """Nobody corrects an address in five runs."""
    with pytest.raises(ConfigurationError) as caught:
        read_redis_url("redis://h:x/y?prefix=:&session_ttl=z")
    assert len(caught.value.faults) == 4


@pytest.mark.parametrize(
    "url",
    [
        pytest.param(f"redis://u:{PASSWORD}@h", id="right"),
        pytest.param(f"redis://u:a/{PASSWORD}@h", id="slash"),
        pytest.param(f"redis://u:a?{PASSWORD}@h", id="question mark"),
        pytest.param(f"redis://u:a?{PASSWORD}=1@h", id="question mark and equals"),
        pytest.param(f"redis://u:a#{PASSWORD}@h", id="number sign"),
        pytest.param(f"redis://u:a@{PASSWORD}@h/x", id="at"),
        pytest.param(f"redis://u:a@{PASSWORD}!/x", id="at, and no host"),
        pytest.param(f"redis://u:[{PASSWORD}@h", id="bracket"),
        pytest.param(f"redis://{PASSWORD}:x", id="for the host"),
        pytest.param(f"redis://h?passwrd={PASSWORD}", id="as an option"),
        pytest.param(f"redis://h?{PASSWORD}", id="as the name of an option"),
        pytest.param(f"redis://h?password_file={PASSWORD}", id="for its file"),
        pytest.param(f"redis+sentinel://u:{PASSWORD}@h", id="Sentinels without service"),
        pytest.param(f"rediss+cluster://u:{PASSWORD}@a,b/9", id="cluster with database"),
    ],
)
@pytest.mark.parametrize("say", [repr, str])
def test_a_password_is_never_shown(url: str, say: Callable[[object], str]) -> None:
    """Also when it was not escaped, and so stands where something else is expected."""
    try:
        told = f"{say(read_redis_url(url))}{read_redis_url(url).shown}"
    except ConfigurationError as fault:
        told = say(fault)
    assert PASSWORD not in told


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No address raises anything but faults of the configuration."""
    for scheme in ("redis", "rediss", "unix", "redis+sentinel", "redis+cluster"):
        with suppress(ConfigurationError):
            assert read_redis_url(f"{scheme}://{text}").shown.startswith(scheme)


@pytest.mark.parametrize("url", ["redis:/h", "Redis://h", "redis+other://h", "memcached://h", "redis"])
def test_other_schemes_are_none_of_these(url: str) -> None:
    """They are refused with one line by whoever opens stores."""
    assert not is_redis_url(url)
    with pytest.raises(ConfigurationError, match=r"^store\.url: not a store of this version") as caught:
        open_store(url)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        pytest.param("redis://u:p@h?prefix=x", "redis://h:6379/0", id="server"),
        pytest.param("rediss://[::1]/2", "rediss://[::1]:6379/2", id="IPv6"),
        pytest.param("unix://u:p@/run/r.sock?db=1", "unix:///run/r.sock", id="socket"),
        pytest.param("redis+sentinel://a,b/m", "redis+sentinel://a:26379,b:26379/m/0", id="Sentinels"),
        pytest.param("redis+cluster://a,b", "redis+cluster://a:6379,b:6379", id="cluster"),
    ],
)
def test_an_address_can_be_shown(url: str, told: str) -> None:
    """A message names the server, and nothing that nobody needs to know."""
    assert read_redis_url(url).shown == told


def test_files_are_looked_at_when_the_settings_are_read(tmp_path: Path) -> None:
    """A missing certificate is found before the first learner."""
    file = tmp_path / "ca.pem"
    file.write_text("x")
    assert read_redis_url(f"rediss://h?ca={file}").ca == str(file)
