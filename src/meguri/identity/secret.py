"""Secrets that are handed out once and kept only as a hash."""

import hashlib
import secrets


def new_secret(prefix: str = "") -> str:
    """256 random bits as URL-safe text, after `prefix` that tells people and scanners what it is."""
    return prefix + secrets.token_urlsafe(32)


def hash_of(secret: str) -> bytes:
    """SHA-256 of a secret: enough, because secrets made here have 256 random bits and can't be guessed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def random_bytes() -> bytes:
    """256 random bits."""
    return secrets.token_bytes(32)
