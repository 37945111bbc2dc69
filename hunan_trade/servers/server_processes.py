"""Functions that start, find and stop server processes."""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

import psutil

LOG_LIMIT = 8 * 1024 * 1024
POLL_SECONDS = 0.03
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1
_children: list[subprocess.Popen[bytes]] = []  # kept until they are reaped; one let go of early would raise a warning


class ServersFailed(Exception):
    """Raised with a message for the terminal if a server cannot be run on this machine."""


def installed_package_folder(package: str) -> Path:
    """Return the folder of an installed Python package without importing the package.

    Its module brings locks and exit hooks.
    """
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ServersFailed("没有装随带的数据库：重新运行 make up，或设置 DATABASE_URL 和 REDIS_URL。")
    return Path(spec.submodule_search_locations[0])


def signal_on_parent_death(owner: int, stop_signal: signal.Signals) -> Callable[[], None]:
    """Return a function that makes the kernel send the calling process a signal when its parent process dies.

    `owner` is the parent's process id.
    """

    def set_death_signal() -> None:
        if _LIBC:
            _LIBC.prctl(_PR_SET_PDEATHSIG, int(stop_signal))
            if os.getppid() != owner:  # the owner was killed before the line above took hold
                os._exit(1)

    return set_death_signal


def spawn(
    command: Sequence[str | Path], log: Path, parent_death_signal: signal.Signals | None = None
) -> subprocess.Popen[bytes]:
    """Start a server in its own session, so that Ctrl-C at the terminal does not reach it.

    `parent_death_signal` is the signal it gets when its owner is killed; None lets it outlive its owner.
    """
    if not os.geteuid():
        _make_parents_traversable(Path(command[0]))
    with open_log(log) as output:
        child = subprocess.Popen(
            command,
            **server_account(),
            env=server_environment(),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=signal_on_parent_death(os.getpid(), parent_death_signal) if parent_death_signal else None,
        )
    _children.append(child)
    return child


def open_log(log: Path) -> IO[bytes]:
    """Open a log file for appending, after renaming a log that is larger than LOG_LIMIT."""
    log.parent.mkdir(exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_name(f"{log.name}.1"))
    return log.open("ab")


def wait_until_ready(answers: Callable[[], bool], child: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until `answers()` returns True, or raise ServersFailed if the server process ends.

    Recovery after a crash may take long. Raises ServersFailed.
    """
    while not answers():
        if child.poll() is not None:
            raise ServersFailed(f"数据服务没有启动：{error_line(log.read_text(errors='replace'))}（日志 {log}）")
        time.sleep(POLL_SECONDS)


def find_by_argument(program: str, marker: Path) -> list[psutil.Process]:
    """Return the running processes of `program` that have the path `marker` as an argument."""
    found = []
    for process in psutil.process_iter():
        try:
            command = process.cmdline()
            if command and Path(command[0]).name == program and str(marker) in command and is_alive(process):
                found.append(process)
        except psutil.Error:  # gone meanwhile, or not ours to look at
            continue
    return found


def find_by_working_folder(folder: Path, program: str) -> list[psutil.Process]:
    """Return the running processes of `program` whose working folder is `folder`."""
    found = []
    for process in psutil.process_iter():
        try:
            if Path(process.exe()).name == program and process.cwd() == str(folder) and is_alive(process):
                found.append(process)
        except psutil.Error:  # gone meanwhile, or not ours to look at
            continue
    return found


def is_alive(process: psutil.Process) -> bool:
    """Return whether the process is running and not a zombie."""
    try:
        return bool(process.is_running()) and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def stop_and_wait(processes: list[psutil.Process], stop_signal: signal.Signals) -> None:
    """Send a signal to processes and wait until all of them have ended.

    A database that is writing is never killed.
    """
    for process in processes:
        try:
            process.send_signal(stop_signal)
        except psutil.NoSuchProcess:
            continue
    while any(is_alive(process) for process in processes):
        time.sleep(POLL_SECONDS)
    _children[:] = [child for child in _children if child.poll() is None]


def server_account() -> dict[str, Any]:
    """Return the Popen arguments for the operating system account under which servers run.

    Nobody if we are root, else our own.
    """
    if os.geteuid():
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def chown_to_server_account(path: Path) -> None:
    """Change the owner of a file or folder tree to the account that servers run as."""
    if os.geteuid():
        if path.stat().st_uid != os.geteuid():
            raise ServersFailed(f"{path} 属于另一个账户：换那个账户启动，或换一个 DATA_DIR。")
        return
    _make_parents_traversable(path)
    user, group = server_account()["user"], server_account()["group"]
    if path.stat().st_uid == user:
        return
    for folder, folders, names in os.walk(path):
        for name in (*folders, *names):
            os.chown(os.path.join(folder, name), user, group, follow_symlinks=False)
    os.chown(path, user, group)  # last: whoever was interrupted before here begins again


def server_environment() -> dict[str, str]:
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}


def error_line(text: str) -> str:
    """Return the line of a program's output that says why the program failed.

    The error if there is one, else the last line.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    faults = [line for line in lines[-5:] if "FATAL" in line or "error:" in line]
    return faults[0] if faults else (lines or ["没有留下说明"])[-1]


def _make_parents_traversable(path: Path) -> None:
    """Let other accounts enter the folders above `path`, but not list their files.

    For root only.
    """
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
