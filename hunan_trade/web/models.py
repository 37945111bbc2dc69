"""Tables of web requests: stored responses to requests with an idempotency key."""

from hunan_trade.web.models_idempotency import LIFETIME as LIFETIME
from hunan_trade.web.models_idempotency import StoredResponse as StoredResponse
