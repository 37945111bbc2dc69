"""Starts the walled-in process that handles an upload, and ends it in time whatever it does."""

import json
import logging
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import IO

from hunan_trade.workbooks import clients, fork_server
from hunan_trade.workbooks.archive import Limits
from hunan_trade.workbooks.clients import ClientGone
from hunan_trade.workbooks.sheets import WorkbookRefused
from hunan_trade.workbooks.slots import slot

logger = logging.getLogger(__name__)
_PROJECT = Path(__file__).resolve().parents[2]
_PIPE_BYTES = 1 << 16
_LOOK_SECONDS = 0.1
_KILLED = -9
_EXHAUSTED = "文件无法在限定的时间和内存内读完；请把填报内容复制到新下载的工作簿中，再上传。"


def run(module: str, payload: bytes, limits: Limits) -> bytes:
    """What `python -m module` answers to the payload. Raises WorkbookRefused when it dies, hangs or talks too much,
    ReadersBusy when too many are at work, ClientGone when the request's own client has left; then the process is ended.
    """
    with slot():
        return _run(module, payload, limits)


def _run(module: str, payload: bytes, limits: Limits) -> bytes:
    message = json.dumps([module, limits.as_json()]).encode()
    with tempfile.TemporaryFile() as given:
        given.write(payload)
        answer, told = _asked(message, given, limits)
        if not told:  # the fork_server went before it had begun
            answer, told = _asked(message, given, limits)
    ended = int(told[1:] or _KILLED)
    if told == fork_server.BEGUN or ended == -signal.SIGXCPU:
        logger.warning("%s took too long", module)
        raise overtime()
    if ended != 0 or len(answer) > limits.answer_bytes:
        logger.warning("%s ended with %s after %d bytes", module, ended, len(answer))
        raise exhausted() if ended <= 0 else unreadable()
    return answer


def _asked(message: bytes, given: IO[bytes], limits: Limits) -> tuple[bytes, bytes]:
    """What the child answers, and what its keeper tells (see `fork_server.BEGUN`): nothing where there was no keeper."""
    given.seek(0)
    answering, taken = os.pipe()
    listening, told = os.pipe()
    with os.fdopen(listening, "rb") as telling:
        with os.fdopen(answering, "rb") as answers:
            try:
                asked = _fork_server.ask(message, [given.fileno(), taken, told])
            finally:
                os.close(taken)
                os.close(told)
            answer = _all_of(answers, limits.answer_bytes)
        # With the pipe closed, who still talks ends; who is silent ends by the wall clock.
        heard = _all_of(telling, limits.answer_bytes)
    if not heard:
        _fork_server.give_up(asked)
    return answer, heard


def _all_of(pipe: IO[bytes], most: int) -> bytes:
    """What comes through until its end, or until it is too much. ClientGone soon after nobody waits for it."""
    client = clients.current()
    found = bytearray()
    while len(found) <= most:
        while not select.select([pipe], [], [], _LOOK_SECONDS)[0]:
            if client.gone:
                raise ClientGone
        if not (part := os.read(pipe.fileno(), _PIPE_BYTES)):
            break
        found += part
    return bytes(found)


class _ForkServer:
    """This process' own; started when first asked for, and again when it is gone."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._asking: socket.socket | None = None
        os.register_at_fork(after_in_child=self._forget)

    def ask(self, message: bytes, fds: list[int]) -> int:
        """Hands the message and the files over. Returns the process id of who was asked."""
        with self._guard:
            for _ in range(2):
                try:
                    asking, process = self._standing() or self._start()
                    socket.send_fds(asking, [message], fds)
                    return process.pid
                except OSError:
                    self._end()
            raise exhausted()

    def give_up(self, pid: int) -> None:
        """Ask that one no more."""
        with self._guard:
            if self._process and self._process.pid == pid:
                self._end()

    def _standing(self) -> tuple[socket.socket, subprocess.Popen[bytes]] | None:
        if self._asking and self._process and self._process.poll() is None:
            return self._asking, self._process
        return None

    def _start(self) -> tuple[socket.socket, subprocess.Popen[bytes]]:
        self._end()
        self._asking, asked = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with asked:
            self._process = subprocess.Popen(
                [sys.executable, "-m", fork_server.__name__],
                stdin=asked.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=_PROJECT,
                # It has no business with the addresses and keys that stand in the environment.
                env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
                start_new_session=True,
            )
        return self._asking, self._process

    def _end(self) -> None:
        if self._asking:
            self._asking.close()
        if self._process:
            self._process.kill()
            self._process.wait()
        self._asking = self._process = None

    def _forget(self) -> None:
        """A fork of this process begins without one."""
        self._guard = threading.Lock()
        if self._asking:
            self._asking.close()
        self._asking = self._process = None


_fork_server = _ForkServer()


def unreadable() -> WorkbookRefused:
    """The child stumbled over something that neither it nor its walls know."""
    return WorkbookRefused("unreadable", "文件无法读取；请用 WPS 或 Excel 打开后另存为“.xlsx”格式，再上传。")


def exhausted() -> WorkbookRefused:
    """Why an upload could not be handled at all."""
    return WorkbookRefused("exhausted", _EXHAUSTED)


def overtime() -> WorkbookRefused:
    """The same, where it was the time that did not suffice."""
    return WorkbookRefused("overtime", _EXHAUSTED)
