"""Codes of an authenticator app: time-based one-time passwords (RFC 6238), HMAC-SHA-1, as every app makes them."""

import base64
import hmac
import re
import secrets
import unicodedata
from datetime import datetime
from hashlib import sha256

import pyotp

from meguri.identity.rules import SecondStepRule

_ISSUER = "Meguri"
_GROUPS, _GROUP = 4, 4


def new_secret() -> str:
    """160 random bits in base 32 (RFC 4226 §4, R6)."""
    return pyotp.random_base32()


def address(secret: str, account: str, rule: SecondStepRule) -> str:
    """What the QR code says: `otpauth://totp/…`."""
    return _otp(secret, rule).provisioning_uri(name=account, issuer_name=_ISSUER)


def step_of(secret: str, code: str, now: datetime, rule: SecondStepRule) -> int | None:
    """The time step whose code this is, within the drift that is allowed; None for none. All are compared, whichever is right."""
    said, otp = digits_of(code), _otp(secret, rule)
    if len(said) != rule.digits or not said.isascii() or not said.isdigit():
        return None
    present = int(now.timestamp()) // rule.period_s
    found = None
    for step in range(max(0, present - rule.drift_steps), present + rule.drift_steps + 1):
        if hmac.compare_digest(otp.generate_otp(step), said):
            found = step
    return found


def digits_of(code: str) -> str:
    """A code as it is compared: full-width figures are figures, blanks and hyphens between them are for the eye."""
    return re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", code))


def new_recovery_code() -> str:
    """80 random bits as four groups of four letters and figures: too many to guess, so a plain hash keeps them."""
    letters = base64.b32encode(secrets.token_bytes(10)).decode().lower()
    return "-".join(letters[start : start + _GROUP] for start in range(0, _GROUPS * _GROUP, _GROUP))


def is_recovery_code(code: str) -> bool:
    """Whether the text has the form of a recovery code."""
    return len(digits_of(code)) == _GROUPS * _GROUP


def recovery_hash(code: str) -> bytes:
    """Under which a recovery code is kept, however it was typed."""
    return sha256(b"meguri recovery code\0" + digits_of(code).lower().encode("utf-8", "surrogatepass")).digest()


def _otp(secret: str, rule: SecondStepRule) -> pyotp.TOTP:
    return pyotp.TOTP(secret, digits=rule.digits, interval=rule.period_s)
