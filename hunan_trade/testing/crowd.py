"""Many people who press at the same instant: processes that hold their requests open until all are there.

Run as a program it is one of the crowd: it reads a request as a line of JSON, sends all but its last byte, waits for
the signal, sends the rest and writes the answer as a line of JSON. It needs nothing but the standard library.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

READY = "ready"


@dataclass(frozen=True)
class Press:
    """A POST by whose session it is; `body` is not empty."""

    path: str
    body: str
    session: str
    content_type: str = "application/x-www-form-urlencoded"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """Status 0 where the server hung up."""

    status: int
    text: str

    @property
    def chinese(self) -> bool:
        """Whether the person can read it; JSON may spell the signs by their numbers."""
        return bool(re.search(r"[\u4e00-\u9fff]|\\u[4-9][0-9a-f]{3}", self.text))


class Crowd:
    def __init__(self, port: int, size: int) -> None:
        self.signal, self.gun = os.pipe()
        command = [sys.executable, "-I", "-S", __file__, str(port), str(self.signal)]
        self.members = [
            subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=(self.signal,), text=True, bufsize=1
            )
            for _ in range(size)
        ]

    def press(self, presses: Sequence[Press]) -> list[Answer]:
        """All at once; the answers in the order of the presses."""
        members = self.members[: len(presses)]
        assert len(members) == len(presses)
        for member, press in zip(members, presses, strict=True):
            _say(member.stdin, press.__dict__)
        assert all(json.loads(_hear(member)) == READY for member in members)
        os.write(self.gun, b"!" * len(members))
        return [Answer(**json.loads(_hear(member))) for member in members]

    def leave(self) -> None:
        os.close(self.signal)
        os.close(self.gun)
        for member in self.members:
            member.communicate()


@contextmanager
def gathered(port: int, size: int = 20) -> Iterator[Crowd]:
    crowd = Crowd(port, size)
    try:
        yield crowd
    finally:
        crowd.leave()


def _say(stream: Any, value: object) -> None:
    stream.write(json.dumps(value) + "\n")
    stream.flush()


def _hear(member: subprocess.Popen[str]) -> str:
    assert member.stdout is not None
    return member.stdout.readline()


def _sent(port: int, signal: int, press: dict[str, Any]) -> dict[str, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    body, token = press["body"].encode(), "a" * 32
    connection.putrequest("POST", press["path"])
    headers = {
        "Content-Type": press["content_type"],
        "Content-Length": str(len(body)),
        "Cookie": f"sessionid={press['session']}; csrftoken={token}",
        "X-CSRFToken": token,
        "Connection": "close",
        **press["headers"],
    }
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    connection.send(body[:-1])
    _say(sys.stdout, READY)
    os.read(signal, 1)
    try:
        connection.send(body[-1:])
        response = connection.getresponse()
        return {"status": response.status, "text": response.read().decode()}
    except (OSError, http.client.HTTPException) as broken:
        return {"status": 0, "text": str(broken)}
    finally:
        connection.close()


if __name__ == "__main__":
    for line in sys.stdin:
        _say(sys.stdout, _sent(int(sys.argv[1]), int(sys.argv[2]), json.loads(line)))
