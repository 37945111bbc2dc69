"""HTTP layer: access rules, errors, request checks, idempotency, base classes of the REST API. No HTML."""
