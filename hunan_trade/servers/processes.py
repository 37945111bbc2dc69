"""Programs that run as our own children, and the account they run as."""

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
PAUSE = 0.03
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1
_children: list[subprocess.Popen[bytes]] = []  # kept until they are reaped; one let go of early would raise a warning


class ServersFailed(Exception):
    """A server cannot run here. The message is a sentence for the person at the terminal."""


def wheel(package: str) -> Path:
    """Where a wheel lies. It is not imported: its module brings locks, exit hooks and warnings we have no use for."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ServersFailed("没有装随带的数据库：重新运行 make up，或设置 DATABASE_URL 和 REDIS_URL。")
    return Path(spec.submodule_search_locations[0])


def dies_with(owner: int, farewell: signal.Signals) -> Callable[[], None]:
    """For a child of `owner` to call, best before it becomes its program: once the owner is gone, however it went,
    the kernel sends the child that signal."""

    def tie() -> None:
        if _LIBC:
            _LIBC.prctl(_PR_SET_PDEATHSIG, int(farewell))
            if os.getppid() != owner:  # the owner was killed before the line above took hold
                os._exit(1)

    return tie


def spawn(command: Sequence[str | Path], log: Path, tied_by: signal.Signals | None = None) -> subprocess.Popen[bytes]:
    """A server in a session of its own: Ctrl-C at the terminal is ours to pass on, in our order.

    `tied_by` is the signal it gets when its owner is killed; None lets it outlive its owner.
    """
    if not os.geteuid():
        _let_others_reach(Path(command[0]))
    with open_log(log) as output:
        child = subprocess.Popen(
            command,
            **account(),
            env=environment(),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=dies_with(os.getpid(), tied_by) if tied_by else None,
        )
    _children.append(child)
    return child


def open_log(log: Path) -> IO[bytes]:
    """To append to; a long one is laid aside first, so that two of them are all that ever lie there."""
    log.parent.mkdir(exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_name(f"{log.name}.1"))
    return log.open("ab")


def wait_until(answers: Callable[[], bool], child: subprocess.Popen[bytes], log: Path) -> None:
    """Without a limit of time: recovery after a crash takes as long as it takes, and the server lives meanwhile."""
    while not answers():
        if child.poll() is not None:
            raise ServersFailed(f"数据服务没有启动：{last_line(log.read_text(errors='replace'))}（日志 {log}）")
        time.sleep(PAUSE)


def running(program: str, marker: Path) -> list[psutil.Process]:
    """Living processes of that program started for that very path: never another's, whatever a pid file says."""
    found = []
    for process in psutil.process_iter():
        try:
            command = process.cmdline()
            if command and Path(command[0]).name == program and str(marker) in command and is_alive(process):
                found.append(process)
        except psutil.Error:  # gone meanwhile, or not ours to look at
            continue
    return found


def working_in(folder: Path, program: str) -> list[psutil.Process]:
    """Living processes of that program in that folder, whatever they have written over their command line."""
    found = []
    for process in psutil.process_iter():
        try:
            if Path(process.exe()).name == program and process.cwd() == str(folder) and is_alive(process):
                found.append(process)
        except psutil.Error:  # gone meanwhile, or not ours to look at
            continue
    return found


def is_alive(process: psutil.Process) -> bool:
    """A zombie is not: in a container nobody may ever collect it."""
    try:
        return bool(process.is_running()) and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def end(processes: list[psutil.Process], farewell: signal.Signals) -> None:
    """Ask, and wait as long as it takes: a database that is writing is never killed."""
    for process in processes:
        try:
            process.send_signal(farewell)
        except psutil.NoSuchProcess:
            continue
    while any(is_alive(process) for process in processes):
        time.sleep(PAUSE)
    _children[:] = [child for child in _children if child.poll() is None]


def account() -> dict[str, Any]:
    """Whom a server runs as, as arguments for Popen: nobody when we are root, else ourselves."""
    if os.geteuid():
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def hand_over(path: Path) -> None:
    """Give a file or a tree to the account that the servers run as, where that is not our own."""
    if os.geteuid():
        if path.stat().st_uid != os.geteuid():
            raise ServersFailed(f"{path} 属于另一个账户：换那个账户启动，或换一个 DATA_DIR。")
        return
    _let_others_reach(path)
    user, group = account()["user"], account()["group"]
    if path.stat().st_uid == user:
        return
    for folder, folders, names in os.walk(path):
        for name in (*folders, *names):
            os.chown(os.path.join(folder, name), user, group, follow_symlinks=False)
    os.chown(path, user, group)  # last: whoever was interrupted before here begins again


def environment() -> dict[str, str]:
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}


def last_line(text: str) -> str:
    """What a program said last; after an error PostgreSQL still tidies up and says goodbye, which explains nothing."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    faults = [line for line in lines[-5:] if "FATAL" in line or "error:" in line]
    return faults[0] if faults else (lines or ["没有留下说明"])[-1]


def _let_others_reach(path: Path) -> None:
    """For root: folders on the way, such as one of mktemp's, may be walked through, though still not listed."""
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
