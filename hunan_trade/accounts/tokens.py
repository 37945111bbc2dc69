"""API tokens and one-use codes: random, shown once, kept as a hash."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import secrets
from collections.abc import Iterable

from hunan_trade import clock
from hunan_trade.accounts.models import Token

_MARK = "hnt"


def fresh_prefix() -> str:
    """By which a token is named in lists and logs: the 3f9a0c1d of hnt_3f9a0c1d_…"""
    return secrets.token_hex(4)


def fresh_token(prefix: str) -> str:
    return f"{_MARK}_{prefix}_{secrets.token_urlsafe(32)}"


def fresh_half() -> str:
    """Half of a one-use code, which can be read out on the phone: 15 letters and digits in fives, 75 bits.

    So much that a half is not found in its day by trying all, not even from its hash.
    """
    text = base64.b32encode(secrets.token_bytes(10)).decode()[:15]
    return "-".join(text[start : start + 5] for start in range(0, 15, 5))


def digest(secret: str) -> str:
    """SHA-256: the secrets are random, so a slow hash would add nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()


def plain_code(typed: str) -> str:
    """A code as typed, with the spelling that people vary taken out."""
    bare = "".join(c for c in typed.upper() if c.isalnum())
    return "-".join(bare[start : start + 5] for start in range(0, len(bare), 5))


def known(secret: str) -> Token | None:
    """Finds the token, usable or not, with its user."""
    return Token.objects.select_related("user").filter(digest=digest(secret)).first()


def find(secret: str) -> Token | None:
    """Finds the token, with its user, if it may still be used. Where from is the caller's to check."""
    token = known(secret)
    if token is None or token.revoked_at is not None or token.expires_at <= clock.real_now():
        return None
    return token if token.user.is_active else None


def admits(networks: Iterable[str], ip: str | None) -> bool:
    """Whether a token bound to these networks may be used from this address; unbound ones from anywhere."""
    bound = [ipaddress.ip_network(network) for network in networks]
    return not bound or (ip is not None and any(ipaddress.ip_address(ip) in network for network in bound))


def used(token: Token) -> None:
    """Remember the last use, to the minute."""
    now = clock.real_now()
    if token.last_used_at is None or (now - token.last_used_at).total_seconds() > 60:
        Token.objects.filter(pk=token.pk).update(last_used_at=now)
