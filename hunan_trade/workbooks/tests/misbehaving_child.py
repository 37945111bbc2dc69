"""A child that does what its payload says, behind the same wall as the real ones."""

import contextlib
import os
import signal
import socket
import sys

from hunan_trade.workbooks import sandbox


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
    if deed == "environment":
        return " ".join(sorted(set(os.environ) - {"LC_CTYPE"}))
    return deed


if __name__ == "__main__":
    payload, _ = sandbox.enter()
    sys.stdout.buffer.write(misbehave(payload.decode()).encode())
    sandbox.leave()
