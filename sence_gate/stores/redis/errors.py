"""What a failure of Redis means, in one clear line that says what to do.

Everything here is "unavailable": the server could not answer, which says nothing
about what it holds. Some of it will not pass by itself (a password, a database
that is not there, another service on that port): that is told at start, and nothing
is started. A server that is away or loading may be back in a moment.

No text of the client library is repeated: it names keys, and keys hold RUNs.
Codes: redis.io/docs/latest/develop/reference/protocol-spec, "Simple errors", and
the sources of Redis 7.0 (`server.c`, `createSharedObjects`).
"""

from __future__ import annotations

from collections.abc import Iterator

from redis import exceptions as theirs

COMMAND_SECONDS = 0.5

# The last is what redis-py 8.1 raises for a cluster without slots (`NodesManager.initialize`).
TROUBLE = (theirs.RedisError, theirs.RedisClusterException, IndexError)

_FULL = "is full and takes nothing more — raise maxmemory, or run sence-gate purge"
_REPLICA = "is a replica and takes no writes — name the primary, or use redis+sentinel://"
_RIGHTS = "does not let this user do what the gate must — give the rights that docs/deploy.md lists"
_NODE = "is one node of a cluster — write redis+cluster://host:port"
_NO_CLUSTER = "is not a cluster — write redis://host:port"
_NO_SENTINEL = "is no Sentinel — write redis://host:port, or the port of the Sentinels (usually 26379)"
_NO_TLS = "does not speak TLS on that port — write redis://, or name the port with TLS"

# Words of errors whose class says less: in replies, in what scripts wrap (Redis 6), in what TLS tells.
_BY_WORD: tuple[tuple[str, str], ...] = (
    ("password_file", "needs its password, and password_file cannot be read — check path, owner and mode"),
    ("certificate required", "wants a certificate of its clients — name it with ?cert= and ?key="),
    (
        "certificate",
        "shows a certificate that is not trusted — name its authority with ?ca=, its host as in it",
    ),
    ("WRONG_VERSION_NUMBER", _NO_TLS),
    ("RECORD_LAYER_FAILURE", _NO_TLS),
    ("No master found", "gets no primary from its Sentinels — see whether they run, and the service's name"),
    ("DB index", "has no database of that number — write another one in store.url"),
    ("SELECT is not allowed", _NODE),
    ("Cluster mode is not enabled", _NO_CLUSTER),
    ("cluster support disabled", _NO_CLUSTER),
    ("can't run this command", _RIGHTS),
    ("can't access at least one of the keys", _RIGHTS),
    ("MISCONF", "cannot save to its disk and takes no writes — see its log and its disk"),
    ("NOREPLICAS", "has too few replicas in reach and takes no writes — see to the replicas"),
    ("WRONGTYPE", "holds something else under a name of the gate — give the gate a ?prefix= of its own"),
    ("BUSY ", "runs a script that does not end — see SCRIPT KILL"),
    ("OOM ", _FULL),
    ("READONLY", _REPLICA),
    ("unknown command 'SENTINEL'", _NO_SENTINEL),
    ("unknown command `SENTINEL`", _NO_SENTINEL),  # until Redis 6
    ("unknown command", "lacks a command that the gate needs — upgrade it to Redis 6.2 or newer"),
)
_BY_TYPE: tuple[tuple[type[Exception], str], ...] = (
    (theirs.BusyLoadingError, "is still loading its data — it answers when that is done"),
    (
        theirs.AuthenticationError,
        "refuses user and password — correct them in store.url, or in the file of password_file",
    ),
    (theirs.AuthenticationWrongNumberOfArgsError, "knows no users — leave the user out, or upgrade Redis"),
    (theirs.NoPermissionError, _RIGHTS),
    (theirs.ReadOnlyError, _REPLICA),
    (theirs.OutOfMemoryError, _FULL),
    (theirs.MasterDownError, "has lost its primary — see to the primary, or let Sentinel do it"),
    (
        theirs.ClusterDownError,
        "is a cluster that lacks a part (CLUSTERDOWN) — see to the nodes that redis-cli cluster nodes shows",
    ),
    (theirs.TryAgainError, "is moving these keys between two nodes — wait until that is done"),
    (theirs.AskError, _NODE),  # MOVED is one of these
    (
        theirs.InvalidResponse,
        "does not speak Redis' protocol — another service is on that port, or it wants rediss://",
    ),
    (theirs.MaxConnectionsError, "has as many connections from here as are allowed — use fewer threads"),
    (
        theirs.TimeoutError,
        f"did not answer within {COMMAND_SECONDS:g} s — see whether it hangs, what lies between,"
        " and whether TLS is meant",
    ),
    (theirs.ConnectionError, "cannot be reached, or broke off — see whether it runs, and host and port"),
    (IndexError, "is a cluster without slots — give them to its nodes: redis-cli --cluster create"),
    (theirs.RedisClusterException, "has no slots to keep keys in — see redis-cli cluster nodes"),
)
_PERMANENT = (
    theirs.AuthenticationError,
    theirs.AuthenticationWrongNumberOfArgsError,
    theirs.NoPermissionError,
    theirs.InvalidResponse,
)
_PERMANENT_MEANINGS = (_NO_TLS, _NO_SENTINEL, _NODE, _NO_CLUSTER, _RIGHTS)


def what_to_do(fault: BaseException) -> str:
    """Return what *fault* means and what to do, to be put after the name of the server."""
    chain = tuple(_chain(fault))
    text = "\n".join(str(each) for each in chain)
    by_word = (meaning for word, meaning in _BY_WORD if word in text)
    by_type = (meaning for kind, meaning in _BY_TYPE if any(isinstance(each, kind) for each in chain))
    return next(by_word, None) or next(by_type, "answered with an error — see its log")


def is_broken_connection(fault: Exception) -> bool:
    """Tell whether the way broke, and not the server: a second try by a new connection may reach it."""
    answered = (theirs.AuthenticationError, theirs.BusyLoadingError, theirs.MaxConnectionsError)
    return isinstance(fault, theirs.ConnectionError) and not isinstance(fault, answered)


def is_of_wrong_type(fault: BaseException | None) -> bool:
    """Tell whether a key holds another kind of value than the gate put there."""
    return isinstance(fault, theirs.ResponseError) and "WRONGTYPE" in str(fault)


def is_permanent(fault: BaseException | None) -> bool:
    """Tell whether waiting cannot help: settings must be changed."""
    if fault is None:
        return False
    if any(isinstance(each, _PERMANENT) for each in _chain(fault)):
        return True
    meaning = what_to_do(fault)
    return meaning in _PERMANENT_MEANINGS or "certificate" in meaning or "database of that" in meaning


def _chain(fault: BaseException) -> Iterator[BaseException]:
    """Yield *fault* and what it came from: clients wrap what says most."""
    each: BaseException | None = fault
    seen = set[int]()
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        yield each
        each = each.__cause__ or each.__context__
