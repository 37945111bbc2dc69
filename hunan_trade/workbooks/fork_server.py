"""Server process from which the child processes for uploads are forked.

So each is fresh, and none has to start Python.

It has everything imported and nothing else: no environment, no connection, no byte of any upload. For each file it
forks a supervisor, which forks the process that handles the file and reports how that ended. If the supervisor, the
fork server or the portal's own process ends, the kernel ends the processes that depend on it.
"""

from __future__ import annotations

import ctypes
import fcntl
import gc
import json
import math
import os
import runpy
import select
import signal
import socket
import sys
from collections.abc import Sequence

MESSAGE_BYTES = 4096  # bytes: the module's name and the limits
STARTED = b"+"  # what a supervisor says first; then the exit code, which is missing where the wall clock ended both
_PRELOADED = (
    "parser_subprocess",
    "fallback_parser_subprocess",
    "annotation_subprocess",
    "xls_parser_subprocess",
    "office_file_check_subprocess",
)
_POLL_SECONDS = 0.1
_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Read requests from the socket on standard input until it closes, and fork a supervisor process for each."""
    for name in _PRELOADED:
        __import__(f"hunan_trade.workbooks.{name}")
    "".encode("cp437")  # the alphabet of names in a zip, loaded when first used
    requests = socket.socket(fileno=os.dup(0))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # supervisors have nothing to tell us
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    server = os.getpid()
    gc.collect()
    gc.freeze()
    while True:
        message, fds, _, _ = socket.recv_fds(requests, MESSAGE_BYTES, 3)
        if not message:
            return
        if os.fork() == 0:
            requests.close()
            os.close(0)
            _supervise_child(message, fds, server)
        for fd in fds:
            os.close(fd)


def _supervise_child(message: bytes, fds: Sequence[int], server: int) -> None:
    """Fork a child process that handles an upload, wait until it ends, and write its exit code to a pipe.

    Past the wall clock an alarm ends us, and so it; and we end when nobody listens any more.
    """
    try:
        _die_with_parent(server)
        os.setsid()
        module, limits = json.loads(message)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.alarm(math.ceil(json.loads(limits)["wall_seconds"]))
        supervisor = os.getpid()
        payload, output, report = fds
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})  # kept for the wait below
        os.write(report, STARTED)
        child = os.fork()
        if child == 0:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
            _run_module(module, limits, fds, supervisor)
        for fd in (payload, output):
            os.close(fd)
        listener = select.poll()
        listener.register(report, 0)  # tells of nothing but that nobody listens
        while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0):
            if listener.poll(0):
                return  # our end is the child's
            signal.sigtimedwait({signal.SIGCHLD}, _POLL_SECONDS)
        os.write(report, b"%d" % os.waitstatus_to_exitcode(ended[1]))
    finally:
        os._exit(0)


def _run_module(module: str, limits: str, fds: Sequence[int], supervisor: int) -> None:
    """Run a module like `python -m` with the given open files as standard input and output, and exit.

    As `python -m module limits` does.
    """
    status = 1
    try:
        _die_with_parent(supervisor)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        payload, output, _ = moved = [fcntl.fcntl(fd, fcntl.F_DUPFD, 3) for fd in fds]  # out of the way of 0, 1 and 2
        os.dup2(payload, 0)
        os.dup2(output, 1)
        for fd in (*moved, *(fd for fd in fds if fd > 2)):
            os.close(fd)
        sys.argv = [module, limits]
        runpy.run_module(module, run_name="__main__")
        status = 0
    finally:
        os._exit(status)


def _die_with_parent(parent: int) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it went before we had said so
        os._exit(1)


if __name__ == "__main__":
    main()
