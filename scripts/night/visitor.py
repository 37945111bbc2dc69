"""One browser: cookies, forms, and the clock that it is measured by. Nothing but the standard library."""

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
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
FORM_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
PAGE_TOKEN = re.compile(r'"X-CSRFToken": "([^"]+)"')


class Failed(Exception):
    """The person gives up; the message is for the table of errors."""


@dataclass(frozen=True)
class Page:
    status: int
    body: bytes
    location: str

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")

    def hidden(self, action: str) -> dict[str, str]:
        """The hidden fields of the form with this address."""
        found = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', self.text, re.DOTALL)
        return dict(HIDDEN.findall(found[0])) if found else {}


@dataclass
class Log:
    """What all visitors saw, written by many threads."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)
    retries: Counter[str] = field(default_factory=Counter)
    replayed: int = 0
    requests: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def timed(self, kind: str, seconds: float) -> None:
        with self._lock:
            self.requests += 1
            self.seconds.setdefault(kind, []).append(seconds)

    def error(self, what: str) -> None:
        with self._lock:
            self.errors[what] += 1

    def retry(self, why: str) -> None:
        with self._lock:
            self.retries[why] += 1

    def again(self) -> None:
        with self._lock:
            self.replayed += 1


@dataclass
class Visitor:
    """`cut` is the share of writing requests whose answer gets lost on the way, and which are therefore sent again."""

    port: int
    address: str  # as the proxy tells it
    draw: random.Random
    log: Log
    cut: float = 0.0
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""

    def get(self, kind: str, path: str, accept: str = "text/html") -> Page:
        page = self._ask(kind, "GET", path, b"", {"Accept": accept})
        if page.status in (302, 303):
            return self.get(kind, page.location)
        if page.status != 200:
            raise self._unexpected(kind, page)
        if token := PAGE_TOKEN.search(page.text) or FORM_TOKEN.search(page.text):
            self.token = token[1]
        return page

    def form(self, kind: str, path: str, fields: Mapping[str, str], *, keyed: bool = True) -> Page:
        body = urlencode({"csrfmiddlewaretoken": self.token, **fields}).encode()
        return self.write(kind, path, body, "application/x-www-form-urlencoded", keyed=keyed)

    def file(self, kind: str, path: str, name: str, content: bytes) -> Page:
        edge = uuid.UUID(int=self.draw.getrandbits(128)).hex
        head = (
            f'Content-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: application/octet-stream'
        )
        token = f'Content-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{self.token}'
        body = f"--{edge}\r\n{token}\r\n--{edge}\r\n{head}\r\n\r\n".encode() + content + f"\r\n--{edge}--\r\n".encode()
        return self.write(kind, path, body, f"multipart/form-data; boundary={edge}")

    def write(self, kind: str, path: str, body: bytes, content_type: str, *, keyed: bool = True) -> Page:
        """Sent until it is answered, always under the same key; a lost or put-off answer is asked for again."""
        headers = {"Content-Type": content_type, "X-CSRFToken": self.token, "Accept": "application/json"}
        if "json" not in content_type:
            headers["Accept"] = "text/html"
        if keyed:
            headers["Idempotency-Key"] = uuid.UUID(int=self.draw.getrandbits(128)).hex
        if keyed and self.draw.random() < self.cut:
            self._lose(path, body, headers)
            self.log.retry("answer lost on purpose")
        for attempt in range(TRIES):
            page = self._ask(kind, "POST", path, body, headers)
            if page.status not in (0, 502, 503) and not (page.status == 409 and "正在办理" in page.text):
                return page
            if not keyed:
                break
            self.log.retry(f"{kind} {page.status}")
            time.sleep(1 + attempt)
        raise self._unexpected(kind, page)

    def _ask(self, kind: str, method: str, path: str, body: bytes, headers: dict[str, str]) -> Page:
        started = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=90)
        try:
            connection.request(method, path, body or None, self._headers(headers))
            answer = connection.getresponse()
            page = Page(answer.status, answer.read(), answer.getheader("Location") or "")
            for header in answer.msg.get_all("Set-Cookie") or ():
                name, _, value = header.split(";", 1)[0].partition("=")
                self.cookies[name] = value
            if answer.getheader("Idempotency-Replayed"):
                self.log.again()
        except (OSError, http.client.HTTPException) as broken:
            page = Page(0, type(broken).__name__.encode(), "")
        finally:
            connection.close()
        self.log.timed(kind, time.perf_counter() - started)
        if page.status == 0 or page.status >= 500:
            self.log.error(f"{kind} {page.status or page.text}")
        return page

    def _lose(self, path: str, body: bytes, headers: dict[str, str]) -> None:
        """Everything is sent and nobody listens for the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=90)
        try:
            connection.request("POST", path, body, self._headers(headers))
            time.sleep(self.draw.uniform(0, 0.3))
        except OSError:
            pass
        finally:
            connection.close()

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
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

    def _unexpected(self, kind: str, page: Page) -> Failed:
        told = re.search(r"<title>(.*?)</title>", page.text, re.DOTALL)
        words = re.sub(r"\s+", " ", told[1] if told else page.text)[:80]
        return Failed(f"{kind} {page.status} {words}")

    def login(self, username: str, password: str) -> None:
        self.get("login page", "/login/")
        page = self.form("login", "/login/", {"username": username, "password": password, "next": "/"}, keyed=False)
        if page.status != 302:
            raise self._unexpected("login", page)
        self.get("home", page.location)
