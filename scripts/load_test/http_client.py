"""HTTP client of a simulated user, with cookies, forms, retries and timing.

Uses the standard library only.
"""

from __future__ import annotations

import http.client
import random
import re
import threading
import time
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

TRIES = 6
HIDDEN_FIELD = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
FORM_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
PAGE_TOKEN = re.compile(r'"X-CSRFToken": "([^"]+)"')


class UserGaveUp(Exception):
    """Raised when a simulated user of the load test cannot go on, for example after an unexpected response."""


@dataclass(frozen=True)
class Page:
    status: int
    body: bytes
    location: str

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")

    def hidden_fields(self, action: str) -> dict[str, str]:
        """Return a dict of name and value of the hidden fields in the page's form that is sent to the URL `action`."""
        found = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', self.text, re.DOTALL)
        return dict(HIDDEN_FIELD.findall(found[0])) if found else {}


@dataclass
class RequestLog:
    """Times, errors and retries of all requests of the load test, collected from many threads."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)
    retries: Counter[str] = field(default_factory=Counter)
    replayed: int = 0
    requests: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add_time(self, kind: str, seconds: float) -> None:
        with self._lock:
            self.requests += 1
            self.seconds.setdefault(kind, []).append(seconds)

    def add_error(self, what: str) -> None:
        with self._lock:
            self.errors[what] += 1

    def add_retry(self, why: str) -> None:
        with self._lock:
            self.retries[why] += 1

    def count_replayed_answer(self) -> None:
        with self._lock:
            self.replayed += 1


@dataclass
class HttpClient:
    """HTTP client of a simulated user with cookies and CSRF token, which repeats a POST that got no response.

    `lost_share` is the share of writing requests whose answer gets lost on purpose, and which are therefore sent again.
    """

    port: int
    address: str  # as the proxy tells it
    draw: random.Random
    log: RequestLog
    lost_share: float = 0.0
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""

    def get(self, kind: str, path: str, accept: str = "text/html") -> Page:
        page = self._send(kind, "GET", path, b"", {"Accept": accept})
        if page.status in (302, 303):
            return self.get(kind, page.location)
        if page.status != 200:
            raise self._unexpected_answer(kind, page)
        if token := PAGE_TOKEN.search(page.text) or FORM_TOKEN.search(page.text):
            self.token = token[1]
        return page

    def post_form(self, kind: str, path: str, fields: Mapping[str, str], *, keyed: bool = True) -> Page:
        body = urlencode({"csrfmiddlewaretoken": self.token, **fields}).encode()
        return self.post(kind, path, body, "application/x-www-form-urlencoded", keyed=keyed)

    def post_file(self, kind: str, path: str, name: str, content: bytes) -> Page:
        edge = uuid.UUID(int=self.draw.getrandbits(128)).hex
        head = (
            f'Content-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: application/octet-stream'
        )
        token = f'Content-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{self.token}'
        body = f"--{edge}\r\n{token}\r\n--{edge}\r\n{head}\r\n\r\n".encode() + content + f"\r\n--{edge}--\r\n".encode()
        return self.post(kind, path, body, f"multipart/form-data; boundary={edge}")

    def post(self, kind: str, path: str, body: bytes, content_type: str, *, keyed: bool = True) -> Page:
        """Send a POST request and return the response; if it fails, retry under the same idempotency key.

        Retried are lost connections and the statuses 502, 503 and 409.
        """
        headers = {"Content-Type": content_type, "X-CSRFToken": self.token, "Accept": "application/json"}
        if "json" not in content_type:
            headers["Accept"] = "text/html"
        if keyed:
            headers["Idempotency-Key"] = uuid.UUID(int=self.draw.getrandbits(128)).hex
        if keyed and self.draw.random() < self.lost_share:
            self._send_and_drop_answer(path, body, headers)
            self.log.add_retry("answer lost on purpose")
        for attempt in range(TRIES):
            page = self._send(kind, "POST", path, body, headers)
            if page.status not in (0, 502, 503) and not (page.status == 409 and "正在办理" in page.text):
                return page
            if not keyed:
                break
            self.log.add_retry(f"{kind} {page.status}")
            time.sleep(1 + attempt)
        raise self._unexpected_answer(kind, page)

    def _send(self, kind: str, method: str, path: str, body: bytes, headers: dict[str, str]) -> Page:
        started = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=90)
        try:
            connection.request(method, path, body or None, self._all_headers(headers))
            answer = connection.getresponse()
            page = Page(answer.status, answer.read(), answer.getheader("Location") or "")
            for header in answer.msg.get_all("Set-Cookie") or ():
                name, _, value = header.split(";", 1)[0].partition("=")
                self.cookies[name] = value
            if answer.getheader("Idempotency-Replayed"):
                self.log.count_replayed_answer()
        except (OSError, http.client.HTTPException) as broken:
            page = Page(0, type(broken).__name__.encode(), "")
        finally:
            connection.close()
        self.log.add_time(kind, time.perf_counter() - started)
        if page.status == 0 or page.status >= 500:
            self.log.add_error(f"{kind} {page.status or page.text}")
        return page

    def _send_and_drop_answer(self, path: str, body: bytes, headers: dict[str, str]) -> None:
        """Send a POST request and close the connection without reading the response, as if it were lost."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=90)
        try:
            connection.request("POST", path, body, self._all_headers(headers))
            time.sleep(self.draw.uniform(0, 0.3))
        except OSError:
            pass
        finally:
            connection.close()

    def _all_headers(self, more: dict[str, str]) -> dict[str, str]:
        return {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Referer": f"https://127.0.0.1:{self.port}/",
            "X-Forwarded-For": self.address,
            "X-Forwarded-Proto": "https",
            "User-Agent": "deadline night",
            "Accept": "text/html",
            "Connection": "close",
            **more,
        }

    def _unexpected_answer(self, kind: str, page: Page) -> UserGaveUp:
        title = re.search(r"<title>(.*?)</title>", page.text, re.DOTALL)
        words = re.sub(r"\s+", " ", title[1] if title else page.text)[:80]
        return UserGaveUp(f"{kind} {page.status} {words}")

    def login(self, username: str, password: str) -> None:
        self.get("login page", "/login/")
        page = self.post_form(
            "login", "/login/", {"username": username, "password": password, "next": "/"}, keyed=False
        )
        if page.status != 302:
            raise self._unexpected_answer("login", page)
        self.get("home", page.location)
