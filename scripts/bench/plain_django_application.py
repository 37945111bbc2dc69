"""Provides a WSGI application with a new Django project's middleware, with which the portal is compared."""

from __future__ import annotations

from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import override_settings

# What `startproject` writes into a new project's settings, without the one of django.contrib.auth, not installed here.
STARTPROJECT_MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]


class PlainDjangoApplication(WSGIHandler):
    """WSGI application with the URLs of a given module and the middleware of a new Django project."""

    def __init__(self, urls: str) -> None:
        self.urls = urls
        with override_settings(MIDDLEWARE=STARTPROJECT_MIDDLEWARE):
            super().__init__()

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        request.urlconf = self.urls
        return super().get_response(request)
