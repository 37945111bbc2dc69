"""A transaction-pooling proxy for tests, through which all clients share one connection to PostgreSQL.

It does what PgBouncer does with pool_mode = transaction and a pool of one, on a Unix socket of its own.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock, Thread
from typing import Any

READY, TERMINATE, COPY_IN, COPY_DATA = b"Z", b"X", b"G", b"d"
IDLE = b"I"  # status of READY outside of a transaction


@contextmanager
def pooling_proxy(host: str, port: str) -> Iterator[Path]:
    """Context manager that runs a pooling proxy for a PostgreSQL server; yields the folder of its Unix socket."""
    with TemporaryDirectory(prefix="pool") as folder, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{folder}/.s.PGSQL.{port}")
        listener.listen()
        with socket.socket(socket.AF_UNIX) as server:
            server.connect(f"{host}/.s.PGSQL.{port}")
            pool = _Pool(server)
            Thread(target=pool.accept, args=(listener,), daemon=True).start()
            yield Path(folder)
            listener.shutdown(socket.SHUT_RDWR)


class _Pool:
    """Pool of a single PostgreSQL connection, which clients use in turn, each for one transaction."""

    def __init__(self, server: socket.socket) -> None:
        self.server, self.lent, self.welcome = server, Lock(), b""

    def accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client: socket.socket) -> None:
        with client:
            startup = _read(client, 4)
            startup += _read(client, struct.unpack("!I", startup)[0] - 4)
            with self.lent:
                if self.welcome:
                    client.sendall(self.welcome)
                else:
                    self._log_in_first_client(client, startup)
            mine = False
            while (message := _read_message(client))[:1] not in (b"", TERMINATE):
                if not mine:
                    self.lent.acquire()
                self.server.sendall(message)
                mine = self._forward_response(client) != IDLE
                if not mine:
                    self.lent.release()
            if mine:
                self.lent.release()

    def _log_in_first_client(self, client: socket.socket, startup: bytes) -> None:
        """Forward the first client's login to PostgreSQL, and store the server's replies for later clients."""
        self.server.sendall(startup)
        while True:
            answer = _read_message(self.server)
            client.sendall(answer)
            if answer[:1] == b"R" and answer[5:9] not in (b"\0\0\0\0", b"\0\0\0\x0c"):  # asks for a password
                self.server.sendall(_read_message(client))
                continue
            if answer[:1] != b"R" or answer[5:9] == b"\0\0\0\0":
                self.welcome += answer
            if answer[:1] == READY:
                return

    def _forward_response(self, client: socket.socket) -> bytes:
        """Forward PostgreSQL's response to the client; return the transaction status in it, such as b"I" (idle)."""
        while True:
            answer = _read_message(self.server)
            client.sendall(answer)
            if answer[:1] == COPY_IN:
                while (data := _read_message(client))[:1] == COPY_DATA:
                    self.server.sendall(data)
                self.server.sendall(data)
            if answer[:1] == READY:
                return answer[5:6]


def _read_message(source: Any) -> bytes:
    """Read and return one message of PostgreSQL's protocol, or b"" if the connection is closed."""
    head = _read(source, 5)
    return head + _read(source, struct.unpack("!I", head[1:])[0] - 4) if len(head) == 5 else b""


def _read(source: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count and (part := source.recv(count - len(data))):
        data += part
    return data
