"""Secrets of API tokens and halves of password codes: random, shown once, stored as a hash."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import json
import secrets
from collections.abc import Iterable

from hunan_trade import clock
from hunan_trade.accounts.models import Token, User

_PREFIX = "hnt"
# In the model's order, as from_db takes them.
_READ_FIELDS = ("id", "prefix", "user_id", "label", "scope", "networks", "expires_at", "last_used_at", "revoked_at")
# Every call of the API begins with it: the ORM took longer to compile it than PostgreSQL to answer it (docs/speed.md).
_WITH_USER = f"""
SELECT accounts_user.*, {", ".join(f"accounts_token.{name} AS token_{name}" for name in _READ_FIELDS)}
FROM accounts_token JOIN accounts_user ON accounts_user.id = accounts_token.user_id
WHERE accounts_token.digest = %s
"""


def new_prefix() -> str:
    """Return a random public name for a token, as 3f9a0c1d in hnt_3f9a0c1d_…"""
    return secrets.token_hex(4)


def new_token(prefix: str) -> str:
    """Return a new random token secret that begins with hnt_ and the prefix."""
    return f"{_PREFIX}_{prefix}_{secrets.token_urlsafe(32)}"


def new_code_half() -> str:
    """Return a random half of a password code: 15 letters and digits, easy to read out on the phone.

    75 bits, in groups of five.

    So much that a half is not found in its day by trying all, not even from its hash.
    """
    text = base64.b32encode(secrets.token_bytes(10)).decode()[:15]
    return "-".join(text[start : start + 5] for start in range(0, 15, 5))


def secret_digest(secret: str) -> str:
    """Return the SHA-256 hash of a secret.

    A slow hash would add nothing, as the secret is random.
    """
    return hashlib.sha256(secret.encode()).hexdigest()


def normalise_code(typed: str) -> str:
    """Return a typed code without what people spell differently: case, spaces, dashes."""
    bare = "".join(c for c in typed.upper() if c.isalnum())
    return "-".join(bare[start : start + 5] for start in range(0, len(bare), 5))


def find_token(secret: str) -> Token | None:
    """Return the token with this secret and its user, usable or not; None if unknown.

    Fields that no caller here reads are loaded when asked for.
    """
    for user in User.objects.raw(_WITH_USER, [secret_digest(secret)]):
        values = {name: getattr(user, f"token_{name}") for name in _READ_FIELDS}
        values["networks"] = json.loads(values["networks"])
        token = Token.from_db(user._state.db, list(values), list(values.values()))
        token.user = user
        return token
    return None


def find_usable_token(secret: str) -> Token | None:
    """Return the valid token with this secret and its user, or None.

    The caller checks the address.
    """
    token = find_token(secret)
    if token is None or token.revoked_at is not None or token.expires_at <= clock.real_now():
        return None
    return token if token.user.is_active else None


def allows_address(networks: Iterable[str], ip: str | None) -> bool:
    """Return whether a token bound to these networks may be used from this address.

    A token without networks always may.
    """
    bound = [ipaddress.ip_network(network) for network in networks]
    return not bound or (ip is not None and any(ipaddress.ip_address(ip) in network for network in bound))


def record_use(token: Token) -> None:
    """Update the token's time of last use, to the minute."""
    now = clock.real_now()
    if token.last_used_at is None or (now - token.last_used_at).total_seconds() > 60:
        Token.objects.filter(pk=token.pk).update(last_used_at=now)
