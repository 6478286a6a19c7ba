"""Signatures: HMAC-SHA-256 by itsdangerous; the first key signs, all verify."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from itsdangerous import BadData, Signer, URLSafeSerializer
from itsdangerous.encoding import base64_decode, base64_encode, want_bytes


class OneSpelling(Signer):
    """Take a signature in the one spelling that is issued.

    A lenient decoder skips foreign characters and ignores spare bits: without this
    one attempt would have as many ids as somebody cares to write.
    """

    def verify_signature(self, value: str | bytes, sig: str | bytes) -> bool:
        """Tell whether *sig*, exactly as spelled, is ours for *value*."""
        return super().verify_signature(value, sig) and base64_encode(base64_decode(sig)) == want_bytes(sig)


class Seal:
    """Seal JSON values for one *purpose* at the gate *name*, so that no cookie passes for another."""

    def __init__(self, keys: Iterable[str], purpose: str, name: str) -> None:
        self._serializer = URLSafeSerializer(
            list(keys)[::-1],  # itsdangerous signs with the last
            salt=f"sence_gate.cookie.{purpose}.{name}",
            signer=OneSpelling,
            signer_kwargs={"key_derivation": "hmac", "digest_method": sha256},
        )

    def dumps(self, values: object) -> str:
        """Return *values* as text of `[A-Za-z0-9._-]`."""
        return self._serializer.dumps(values)

    def loads(self, text: str) -> object:
        """Return the values of a text made by `dumps` with one of the keys; None for any other."""
        try:
            return self._serializer.loads(text)
        except BadData:
            return None
