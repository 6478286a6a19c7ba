"""The names of everything that is kept in Redis.

    {prefix}:{b7}:open:RUN:COURSE    hash    id → session, of those in state OPEN
    {prefix}:{b7}:ledger             stream  e = the entry, t = the token of its writer
    {prefix}:{b7}:lead               string  by how many ms an entry was ever ahead of Redis' clock
    {prefix}:{b7}:aside…             what was garbage and was set aside; the newest few
    {prefix}:{b7}:s:ID               string  the session, on a cluster
    {prefix}:s:ID                    string  the session, on anything else
    {prefix}:n:KIND:ID               string  how many lines of a kind changed nothing of an attempt
    {prefix}:at:ID                   string  the bucket of an attempt, on a cluster
    {prefix}:{b7}:bypasses           hash    course → contingency; in the bucket of nobody's RUN
    {prefix}:{u}:unmatched, :count   callbacks that are nobody's

A cluster runs a script on one slot, so everything of one learner has one of 64
tags (`b0` … `b63`), by RUN: enough to spread evenly over any cluster of a size that
SENCE's learners can fill, few enough to read all 64 ledgers as one.

An attempt id holds no RUN, and a callback brings nothing else. On a cluster a small
key tells the bucket of an attempt: it is written before the session, never changes,
and each worker remembers it. One server has no slots: there the session's key needs
no bucket, and a look is one GET.
"""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

BUCKETS = 64


def bucket_of(run: str) -> int:
    """Return the bucket of a learner (canonical RUN). Must never change: the keys are named by it."""
    return crc32(name_bytes(run)) % BUCKETS


@dataclass(frozen=True, slots=True)
class Keys:
    """The names under *prefix*; on a cluster the keys of sessions carry their bucket."""

    prefix: str
    is_cluster: bool

    def session(self, bucket: int, id_sesion_alumno: str) -> bytes:
        """Return where a session is."""
        place = self.in_bucket(bucket, "s:") if self.is_cluster else b"%b:s:" % name_bytes(self.prefix)
        return place + name_bytes(id_sesion_alumno)

    def all_sessions(self) -> str:
        """Return the pattern of the keys of all sessions, for SCAN."""
        return f"{self.prefix}:{{b*}}:s:*" if self.is_cluster else f"{self.prefix}:s:*"

    def pointer(self, id_sesion_alumno: str) -> bytes:
        """Return where a cluster keeps the bucket of an attempt."""
        return b"%b:at:%b" % (name_bytes(self.prefix), name_bytes(id_sesion_alumno))

    def repeats(self, id_sesion_alumno: str, kind: str) -> bytes:
        """Return where the lines of a *kind* that change nothing of an attempt are counted; in any slot."""
        return b"%b:n:%b:%b" % (name_bytes(self.prefix), name_bytes(kind), name_bytes(id_sesion_alumno))

    def open(self, bucket: int, run: str, course: str) -> bytes:
        """Return where the open sessions of a learner in a course are."""
        return self.in_bucket(bucket, f"open:{run}:{course}")

    def ledger(self, bucket: int) -> bytes:
        """Return the stream of a bucket."""
        return self.in_bucket(bucket, "ledger")

    def lead(self, bucket: int) -> bytes:
        """Return how far ahead of Redis' clock entries of this bucket ever were."""
        return self.in_bucket(bucket, "lead")

    def aside(self, bucket: int, place: object = "") -> bytes:
        """Return where garbage goes; without a *place*, the count of it."""
        return self.in_bucket(bucket, f"aside:{place}" if place != "" else "aside")

    def bypasses(self) -> bytes:
        """Return where contingencies are: beside the ledger of what is about no learner."""
        return self.in_bucket(bucket_of(""), "bypasses")

    def unmatched(self) -> tuple[bytes, bytes]:
        """Return the stream of callbacks that are nobody's, and their count."""
        return name_bytes(f"{self.prefix}:{{u}}:unmatched"), name_bytes(f"{self.prefix}:{{u}}:count")

    def scratch(self, purpose: str) -> bytes:
        """Return a key for trying things out; all of them are in one slot."""
        return name_bytes(f"{self.prefix}:{{ping}}:{purpose}")

    def in_bucket(self, bucket: int, name: str) -> bytes:
        """Return a key of a bucket."""
        return name_bytes(f"{self.prefix}:{{b{bucket}}}:{name}")


def name_bytes(text: str) -> bytes:
    """Return *text* as it stands in keys and fields."""
    # A callback may bring half of a surrogate pair; as a key it is simply not there.
    return text.encode("utf-8", "surrogatepass")
