"""HTTP layer: access rules, error responses, middleware, idempotency and API base classes. No HTML."""
