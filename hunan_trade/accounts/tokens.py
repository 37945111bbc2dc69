"""Creates and hashes the secrets of API tokens and password codes, and finds the token of a given secret."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import secrets
from collections.abc import Iterable
from copy import copy

from hunan_trade import clock
from hunan_trade.accounts.models import Token
from hunan_trade.table_versions import VersionedCache, compact_version_table

_PREFIX = "hnt"
VERSION_TABLE = "accounts_change"
_tokens: VersionedCache[str, Token | None] = VersionedCache(VERSION_TABLE, max_entries=200)


def new_prefix() -> str:
    """Return eight random hex digits: the public part of an API token's secret, such as 3f9a0c1d in hnt_3f9a0c1d_…."""
    return secrets.token_hex(4)


def new_token_secret(prefix: str) -> str:
    """Return a new random secret for an API token, such as hnt_3f9a0c1d_… for the prefix 3f9a0c1d."""
    return f"{_PREFIX}_{prefix}_{secrets.token_urlsafe(32)}"


def new_code_half() -> str:
    """Return 15 random letters and digits: one of the two halves of a one-use code for setting a password.

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
    """Return a typed half of a password code in upper case and groups of five, such as ABCDE-FGHIJ-K2345."""
    bare = "".join(c for c in typed.upper() if c.isalnum())
    return "-".join(bare[start : start + 5] for start in range(0, len(bare), 5))


def find_token_even_invalid(secret: str) -> Token | None:
    """Return the API token with this secret, even if expired or revoked, with its user loaded, or None.

    Every call of the API begins with it: it is cached until any token or account changes (ADR 11), and what is returned
    is a copy.
    """
    digest = secret_digest(secret)
    token = copy(_tokens.get(digest, lambda: Token.objects.select_related("user").filter(digest=digest).first()))
    if token is not None:
        token.user = copy(token.user)
    return token


def find_usable_token(secret: str) -> Token | None:
    """Return the API token with this secret, with its user loaded, or None if it is unknown or not valid now.

    The caller checks the address.
    """
    token = find_token_even_invalid(secret)
    if token is None or token.revoked_at is not None or token.expires_at <= clock.real_now():
        return None
    return token if token.user.is_active else None


def allows_address(networks: Iterable[str], ip: str | None) -> bool:
    """Return whether an API token limited to `networks` accepts this IP address; without networks, it accepts any."""
    bound = [ipaddress.ip_network(network) for network in networks]
    return not bound or (ip is not None and any(ipaddress.ip_address(ip) in network for network in bound))


def update_last_used(token: Token) -> None:
    """Set a token's time of last use to now, at most once in a minute."""
    now = clock.real_now()
    if token.last_used_at is None or (now - token.last_used_at).total_seconds() > 60:
        Token.objects.filter(pk=token.pk).update(last_used_at=now)


def compact_version_tables() -> int:
    """Merge all rows of the table that counts changes of tokens and accounts into one; return the number removed."""
    return compact_version_table(VERSION_TABLE)
