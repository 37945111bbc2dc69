"""Child process for tests that hangs, crashes or writes too much, as its input says."""

import contextlib
import os
import signal
import socket
import sys

from hunan_trade.workbooks import sandbox


def is_open(fd: int) -> bool:
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True


def misbehave(deed: str) -> str:
    if deed == "abort":
        os.abort()
    if deed == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if deed == "sleep":
        signal.pause()
    if deed == "spin":
        while True:
            pass
    if deed == "eat":
        return str(len(bytearray(2 << 30)))
    if deed == "connect":
        with contextlib.suppress(OSError):
            socket.socket()
            return "connected"
        return "no socket"
    if deed == "remember":
        sandbox.remembered = getattr(sandbox, "remembered", 0) + 1  # type: ignore[attr-defined]
        return str(sandbox.remembered)  # type: ignore[attr-defined]
    if deed == "files":
        return " ".join(str(fd) for fd in range(256) if is_open(fd))
    if deed == "environment":
        return " ".join(sorted(set(os.environ) - {"LC_CTYPE"}))
    return deed


if __name__ == "__main__":
    payload, _ = sandbox.read_upload_and_enter_sandbox()
    sys.stdout.buffer.write(misbehave(payload.decode().rpartition("\n")[2]).encode())
    sandbox.exit_now()
