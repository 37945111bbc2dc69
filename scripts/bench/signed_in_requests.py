"""A page of the portal that a benchmark requests as a signed-in user."""

from __future__ import annotations

from django.test import Client

from hunan_trade.accounts.models import User
from scripts.bench.wsgi_requests import App, portal_application, send_get


class UserPage:
    def __init__(self, path: str, username: str, app: App | None = None) -> None:
        self.path, self.username, self.cookie = path, username, ""
        self.app = app or portal_application()

    def sign_in(self) -> None:
        client = Client(REMOTE_ADDR="127.0.0.1")
        client.force_login(User.objects.get(username=self.username))
        self.cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())

    def get(self) -> None:
        send_get(self.app, self.path, cookie=self.cookie)
