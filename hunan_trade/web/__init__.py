"""HTTP layer: access decisions, errors, request checks, idempotency and the base of the REST API. No markup."""
