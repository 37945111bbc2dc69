"""Password hasher of the portal: Argon2id."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2id(Argon2PasswordHasher):
    """Password hasher Argon2id with 19 MiB of memory, as OWASP ASVS appendix C asks; about 20 ms a check.

    Django's own parameters take 100 MiB each, which a morning of simultaneous logins does not leave room for.
    """

    time_cost = 2
    memory_cost = 19_456  # KiB
    parallelism = 1
