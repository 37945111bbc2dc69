"""Runs the sandboxed child process that handles an upload, and ends it within its time limit."""

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

from hunan_trade.workbooks import current_requester, fork_server
from hunan_trade.workbooks.current_requester import ClientGone
from hunan_trade.workbooks.reader_slots import reader_slot
from hunan_trade.workbooks.sheet_types import WorkbookRefused
from hunan_trade.workbooks.zip_archive import Limits

logger = logging.getLogger(__name__)
_PROJECT = Path(__file__).resolve().parents[2]
_PIPE_BYTES = 1 << 16
_POLL_SECONDS = 0.1
_KILLED = -9
_EXHAUSTED = "文件无法在限定的时间和内存内读完；请把填报内容复制到新下载的工作簿中，再上传。"


def run_child(module: str, payload: bytes, limits: Limits) -> bytes:
    """Run a Python module in a sandboxed child process with `payload` as its input, and return its output.

    It takes a reader slot meanwhile.

    Raises WorkbookRefused when it dies, hangs or writes too much, ReadersBusy when too many are at work, ClientGone
    when the client has left; then the process is ended.
    """
    with reader_slot():
        return _run_holding_slot(module, payload, limits)


def _run_holding_slot(module: str, payload: bytes, limits: Limits) -> bytes:
    message = json.dumps([module, limits.as_json()]).encode()
    with tempfile.TemporaryFile() as payload_file:
        payload_file.write(payload)
        answer, report = _request_child_output(message, payload_file, limits)
        if not report:  # the fork server ended before it had begun
            answer, report = _request_child_output(message, payload_file, limits)
    exit_code = int(report[1:] or _KILLED)
    if report == fork_server.STARTED or exit_code == -signal.SIGXCPU:
        logger.warning("%s took too long", module)
        raise time_limit_refusal()
    if exit_code != 0 or len(answer) > limits.answer_bytes:
        logger.warning("%s ended with %s after %d bytes", module, exit_code, len(answer))
        raise memory_limit_refusal() if exit_code <= 0 else unreadable_refusal()
    return answer


def _request_child_output(message: bytes, payload_file: IO[bytes], limits: Limits) -> tuple[bytes, bytes]:
    """Have a child process handle `payload_file`; return (its output, its exit report such as b"+0").

    The report is b"" if there is none, else it begins with `fork_server.STARTED`.
    """
    payload_file.seek(0)
    answer_end, child_output = os.pipe()
    report_end, report_output = os.pipe()
    with os.fdopen(report_end, "rb") as report_pipe:
        with os.fdopen(answer_end, "rb") as answer_pipe:
            try:
                server_pid = _fork_server.submit(message, [payload_file.fileno(), child_output, report_output])
            finally:
                os.close(child_output)
                os.close(report_output)
            answer = _read_all(answer_pipe, limits.answer_bytes)
        # With the pipe closed, a child that still writes ends; a silent one ends by the wall clock.
        report = _read_all(report_pipe, limits.answer_bytes)
    if not report:
        _fork_server.stop_server(server_pid)
    return answer, report


def _read_all(pipe: IO[bytes], limit: int) -> bytes:
    """Read and return the content of a pipe, up to its end or until `limit` bytes are exceeded.

    Raises ClientGone soon after the client has left.
    """
    requester = current_requester.current()
    found = bytearray()
    while len(found) <= limit:
        while not select.select([pipe], [], [], _POLL_SECONDS)[0]:
            if requester.has_disconnected:
                raise ClientGone
        if not (part := os.read(pipe.fileno(), _PIPE_BYTES)):
            break
        found += part
    return bytes(found)


class _ForkServerClient:
    """Starts the fork server if it is not running, and asks it to fork child processes that handle uploads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        os.register_at_fork(after_in_child=self._reset_after_fork)

    def submit(self, message: bytes, fds: list[int]) -> int:
        """Send a request with open files for a child process to the fork server; return the server's process id."""
        with self._lock:
            for _ in range(2):
                try:
                    connection, process = self._socket_and_process_if_running() or self._start()
                    socket.send_fds(connection, [message], fds)
                    return process.pid
                except OSError:
                    self._end()
            raise memory_limit_refusal()

    def stop_server(self, pid: int) -> None:
        """Stop the running fork server if its process id is `pid`; leave a server that was started later running."""
        with self._lock:
            if self._process and self._process.pid == pid:
                self._end()

    def _socket_and_process_if_running(self) -> tuple[socket.socket, subprocess.Popen[bytes]] | None:
        if self._socket and self._process and self._process.poll() is None:
            return self._socket, self._process
        return None

    def _start(self) -> tuple[socket.socket, subprocess.Popen[bytes]]:
        self._end()
        self._socket, server_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with server_end:
            self._process = subprocess.Popen(
                [sys.executable, "-m", fork_server.__name__],
                stdin=server_end.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=_PROJECT,
                # It has no business with the addresses and keys that stand in the environment.
                env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
                start_new_session=True,
            )
        return self._socket, self._process

    def _end(self) -> None:
        if self._socket:
            self._socket.close()
        if self._process:
            self._process.kill()
            self._process.wait()
        self._socket = self._process = None

    def _reset_after_fork(self) -> None:
        """Forget the parent process's fork server; called in the child after a fork."""
        self._lock = threading.Lock()
        if self._socket:
            self._socket.close()
        self._socket = self._process = None


_fork_server = _ForkServerClient()


def unreadable_refusal() -> WorkbookRefused:
    """Return the `WorkbookRefused` for a file whose child process failed for an unknown reason."""
    return WorkbookRefused("unreadable", "文件无法读取；请用 WPS 或 Excel 打开后另存为“.xlsx”格式，再上传。")


def memory_limit_refusal() -> WorkbookRefused:
    """Return the `WorkbookRefused` for a file whose child process needed too much memory."""
    return WorkbookRefused("exhausted", _EXHAUSTED)


def time_limit_refusal() -> WorkbookRefused:
    """Return the `WorkbookRefused` for a file whose child process needed too much time."""
    return WorkbookRefused("overtime", _EXHAUSTED)
