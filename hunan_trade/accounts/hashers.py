"""Defines the hasher of passwords, Argon2id with 19 MiB of memory."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2id(Argon2PasswordHasher):
    """Argon2id password hasher with the memory that OWASP recommends (19 MiB).

    See ASVS appendix C. A check takes about 20 ms.
    Django's own parameters take 100 MiB each, which a morning of simultaneous logins does not leave room for.
    """

    time_cost = 2
    memory_cost = 19_456  # KiB
    parallelism = 1
