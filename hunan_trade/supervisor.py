"""Program behind `make up`, which starts and supervises all processes of the portal.

Databases (unless DATABASE_URL and REDIS_URL name others), migrations, demonstration data, web server, worker and beat.
Every child is tied to this process by the kernel and carries the data directory in its environment, so neither Ctrl-C
nor `kill -9` leaves one behind that would hold the port or take jobs.
"""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO, Any
from urllib.parse import urlencode

import psutil

from hunan_trade import servers
from hunan_trade.servers import server_processes

ROOT = Path(__file__).resolve().parent.parent
OWNER_URL = "DATABASE_OWNER_URL"  # for what prepares the database; nothing that runs on gets to see it
DATA_DIR_VARIABLE = "PORTAL_SUPERVISED"  # in the environment of every child: the data directory it works for
POLL_SECONDS = 0.2
LONGEST_PAUSE = 30.0  # seconds between two tries to start a child that keeps dying
HEALTH_INTERVAL = 10.0  # seconds between two looks at the pings
STABLE_AFTER = 60.0  # a child that lived so long starts with a clean slate
DEATHS_BEFORE_READY = 4
EXPLAIN_AFTER = 8.0  # seconds of silence that a person at the terminal takes for a hang
WARN_AFTER = 90.0  # after that long without an answer we say where to look, and go on waiting
PORT_WAIT = 2.0  # within which a port is let go by a process that was killed: its threads may outlive its first one
STOP_GRACE = 5.0  # for requests and jobs under way; what is cut is taken up again by its lease


class StartRefused(Exception):
    """Raised with a message for the terminal if the portal cannot start."""


@dataclass
class SupervisedProcess:
    """A child process that is restarted whenever it ends."""

    title: str
    command: Sequence[str]
    log: Path
    environment: dict[str, str]
    parent_death_signal: signal.Signals
    pass_fds: tuple[int, ...] = ()
    name: str = ""  # under which its pings are known, where it has any
    depends_on: str = ""  # whoever else must live for its pings to be answered
    deaths: int = 0
    has_answered: bool = False  # since it was started
    _process: subprocess.Popen[bytes] | None = None
    _since: float = 0.0
    _not_before: float = 0.0

    def restart_if_dead(self) -> None:
        now = time.monotonic()
        if self._process and self._process.poll() is not None:
            self.kill()  # what it left of its session
            self.deaths = 1 if now - self._since > STABLE_AFTER else self.deaths + 1
            self._not_before = now + min(LONGEST_PAUSE, 0.5 * 2 ** (self.deaths - 1))
            self._process = None
        if self._process is None and now >= self._not_before:
            self._process = start_process(
                self.command, self.log, self.environment, self.parent_death_signal, self.pass_fds
            )
            self._since, self.has_answered = now, False

    def had_time_to_answer(self) -> bool:
        """Return whether the process has answered a ping or has run longer than STABLE_AFTER."""
        return self.has_answered or time.monotonic() - self._since > STABLE_AFTER

    def terminate(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.terminate()

    def has_ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def kill(self) -> None:
        """Kill the process together with its own child processes."""
        if self._process:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self._process.wait()


def start_process(
    command: Sequence[str],
    log: Path,
    environment: dict[str, str],
    parent_death_signal: signal.Signals,
    pass_fds: tuple[int, ...] = (),
) -> subprocess.Popen[bytes]:
    with server_processes.open_log(log) as output:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=pass_fds,
            preexec_fn=server_processes.signal_on_parent_death(os.getpid(), parent_death_signal),
        )


@dataclass
class Portal:
    listener: socket.socket
    data_dir: Path
    environment: dict[str, str]
    pair: servers.ServerPair | None = None
    children: list[SupervisedProcess] = field(default_factory=list)
    _pair_not_before: float = 0.0
    _next_check: float = 0.0

    @property
    def logs(self) -> Path:
        return self.data_dir / "logs"

    def prepare_database_and_static_files(self) -> None:
        """Create tables, load data and collect static files before the web server starts; may raise StartRefused."""
        if self.environment.get("PORTAL_MODE") == "demo":  # which creates the tables as well
            self._wait_for_command(
                "演示数据没有装好", self._start_manage_command("demo"), "正在装入演示数据（第一次约需一两分钟）"
            )
        else:
            self._wait_for_command("数据表没有建成", self._start_manage_command("migrate", "--no-input"))
            self._wait_for_command("基础数据没有装好", self._start_manage_command("setup"))
        self._wait_for_command("静态文件没有备好", self._start_manage_command("collectstatic", "--no-input"))

    def define_child_processes(self) -> None:
        celery = [sys.executable, "-m", "celery", "-A", "hunan_trade.celery:app"]
        worker = ["worker", "-c", "1", "--without-gossip", "--without-mingle", "--loglevel", "INFO"]
        web = [sys.executable, "-m", "gunicorn", "hunan_trade.wsgi", "--bind", f"fd://{self.listener.fileno()}"]
        web += ["--worker-class", "hunan_trade.http_worker.Worker"]  # else slow lines would hold its threads
        web += ["--workers", self.environment.get("WEB_CONCURRENCY", "2"), "--threads", "4", "--timeout", "60"]
        web += ["--graceful-timeout", str(int(STOP_GRACE) - 1), "--no-control-socket"]
        heavy, fast, beat = (f"{role}@{socket.gethostname()}" for role in ("heavy", "fast", "beat"))
        self.children = [
            self._supervised_process("网站服务", "web", web, signal.SIGTERM, (self.listener.fileno(),)),
            # Pings, sweeps and the calendar keep flowing while a long report holds the other worker.
            self._supervised_process(
                "后台任务", "worker", [*celery, *worker, "-Q", "heavy", "-n", heavy], signal.SIGKILL
            ),
            self._supervised_process(
                "后台杂务", "errands", [*celery, *worker, "-Q", "fast", "-n", fast], signal.SIGKILL
            ),
            self._supervised_process(
                "定时任务", "beat", [*celery, "beat", "--pidfile=", "--loglevel", "WARNING"], signal.SIGKILL
            ),
        ]
        for child, name in zip(self.children[1:], (heavy, fast, beat), strict=True):
            child.name, child.depends_on = name, fast if name == beat else ""
            child.environment = {"STATEMENT_TIMEOUT": "120", **child.environment}  # jobs may ask longer than pages

    @property
    def worker_names(self) -> list[str]:
        return [child.name for child in self.children if child.name]

    def is_ready(self) -> bool:
        facts = read_health(self.listener, self.worker_names)
        return facts.get("status") == "ok" and not facts["silent"]

    def restart_if_dead(self) -> None:
        if self.pair and not self.pair.is_alive() and time.monotonic() >= self._pair_not_before:
            try:
                self.pair.restart_dead_servers()
            except servers.ServersFailed as failed:
                self._pair_not_before = time.monotonic() + 2
                print(failed, file=sys.stderr, flush=True)
        for child in self.children:
            child.restart_if_dead()

    def kill_frozen(self) -> None:
        """Kill each Celery worker or beat process that does not answer pings, so that the supervisor restarts it."""
        now = time.monotonic()
        if now < self._next_check:
            return
        self._next_check = now + HEALTH_INTERVAL
        facts = read_health(self.listener, self.worker_names)
        if not (facts.get("database") and facts.get("broker")):
            return
        silent = set(facts.get("silent", ()))
        for child in self.children:
            if child.name not in silent:
                child.has_answered = True
            elif child.had_time_to_answer() and child.depends_on not in silent:
                child.kill()

    def wait_until_ready(self) -> None:
        """Wait until the portal answers requests, or raise StartRefused if a process keeps failing."""
        patience = time.monotonic() + WARN_AFTER
        while not self.is_ready():
            self.restart_if_dead()
            for child in self.children:
                if child.deaths >= DEATHS_BEFORE_READY:
                    raise StartRefused(f"{child.title}没有启动：{error_line_in_log(child.log)}（日志 {child.log}）")
            if time.monotonic() > patience:
                patience = float("inf")
                print(f"还没有就绪，仍在等待。日志在 {self.logs}", file=sys.stderr, flush=True)
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """Stop the web server and the Celery processes, and then PostgreSQL and Valkey."""
        for child in self.children:
            child.terminate()
        latest = time.monotonic() + STOP_GRACE
        while time.monotonic() < latest and not all(child.has_ended() for child in self.children):
            time.sleep(POLL_SECONDS / 4)
        for child in self.children:
            child.kill()
        if self.pair:
            self.pair.stop()

    def _supervised_process(
        self,
        title: str,
        name: str,
        command: Sequence[str],
        parent_death_signal: signal.Signals,
        pass_fds: tuple[int, ...] = (),
    ) -> SupervisedProcess:
        environment = {key: value for key, value in self.environment.items() if key != OWNER_URL}
        return SupervisedProcess(title, command, self.logs / f"{name}.log", environment, parent_death_signal, pass_fds)

    def _start_manage_command(self, *command: str) -> tuple[subprocess.Popen[bytes], Path]:
        log = self.logs / f"{command[0]}.log"
        program = [sys.executable, str(ROOT / "manage.py"), *command]
        patient = {"STATEMENT_TIMEOUT": "120", **self.environment}
        return start_process(program, log, patient, signal.SIGKILL), log

    def _wait_for_command(
        self, trouble: str, started: tuple[subprocess.Popen[bytes], Path], explanation: str = ""
    ) -> None:
        """Wait until a command has ended, and raise StartRefused if the command failed."""
        process, log = started
        try:
            process.wait(timeout=EXPLAIN_AFTER if explanation else None)
        except subprocess.TimeoutExpired:
            print(explanation, file=sys.stderr, flush=True)
        if process.wait():
            raise StartRefused(f"{trouble}：{error_line_in_log(log)}（日志 {log}）")


def main() -> int:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, raise_keyboard_interrupt)
    if "MAKELEVEL" in os.environ:  # when make is killed, nobody could stop us from the terminal any more
        server_processes.signal_on_parent_death(os.getppid(), signal.SIGTERM)()
    try:
        port, data_dir = port_from(os.environ), data_dir_from(os.environ)
        with single_instance(data_dir):
            kill_leftover_processes(data_dir)
            with open_listening_socket(port) as listener:
                serve(listener, data_dir)
    except (StartRefused, servers.ServersFailed) as reason:
        print(reason, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


def serve(listener: socket.socket, data_dir: Path) -> None:
    """Start the portal and supervise its processes until the user interrupts the program."""
    environment = {**os.environ, "DATA_DIR": str(data_dir), DATA_DIR_VARIABLE: str(data_dir), "PYTHONUNBUFFERED": "1"}
    portal = Portal(listener, data_dir, environment)
    try:
        if not environment.get("DATABASE_URL"):
            portal.pair = servers.start_pair(data_dir)
            environment.setdefault("PORTAL_MODE", "demo")
            environment.update(DATABASE_URL=portal.pair.database_url, REDIS_URL=portal.pair.redis_url)
            environment |= {OWNER_URL: portal.pair.owner_database_url, "PORTAL_EMBEDDED": "1"}
        portal.prepare_database_and_static_files()
        portal.define_child_processes()
        portal.wait_until_ready()
        print(f"就绪 http://127.0.0.1:{listener.getsockname()[1]}/", flush=True)
        while True:
            portal.restart_if_dead()
            portal.kill_frozen()
            time.sleep(POLL_SECONDS)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # stopping is bounded in time; a second Ctrl-C would only tear it
        portal.stop()


def raise_keyboard_interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def port_from(environment: Mapping[str, str]) -> int:
    text = environment.get("PORT") or "8000"
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise StartRefused(f"PORT 应是 1 到 65535 的整数，现在是 {text}。")
    return int(text)


def data_dir_from(environment: Mapping[str, str]) -> Path:
    if bool(environment.get("DATABASE_URL")) != bool(environment.get("REDIS_URL")):
        raise StartRefused("DATABASE_URL 和 REDIS_URL 要么都设，要么都不设。")
    folder = Path(environment.get("DATA_DIR") or ROOT / ".data").resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "logs").mkdir(exist_ok=True)
    except OSError as error:
        raise StartRefused(f"数据目录 {folder} 不能写：{error.strerror}。换一个 DATA_DIR。") from error
    return folder


@contextmanager
def single_instance(data_dir: Path) -> Iterator[IO[str]]:
    """Context manager that allows only one running portal for each data directory; a second raises StartRefused."""
    with (data_dir / "supervisor.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StartRefused(f"{data_dir} 的门户已在运行，先停止它，或换一个 DATA_DIR 和 PORT。") from None
        yield lock


def kill_leftover_processes(data_dir: Path) -> None:
    """Kill processes that an earlier portal left running on this data directory."""
    ours = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(DATA_DIR_VARIABLE) == str(data_dir) and process.pid != os.getpid():
                process.kill()
                ours.append(process)
        except psutil.Error:  # gone meanwhile, or not ours to look at
            continue
    while any(server_processes.is_alive(process) for process in ours):
        time.sleep(POLL_SECONDS / 4)


def open_listening_socket(port: int) -> socket.socket:
    """Open the listening socket of the web server.

    Requests queue on it while the web server starts or is replaced.

    Raises StartRefused if the port is taken or not allowed.
    """
    latest = time.monotonic() + PORT_WAIT
    while True:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
            listener.listen(1024)
            return listener
        except PermissionError:
            listener.close()
            raise StartRefused(f"这个账户不能使用端口 {port}，换一个：make up PORT=8001") from None
        except OSError:
            listener.close()
            if time.monotonic() > latest:
                raise StartRefused(f"端口 {port} 已被别的程序占用，换一个：make up PORT={port % 65535 + 1}") from None
        time.sleep(POLL_SECONDS / 4)


def read_health(listener: socket.socket, names: Sequence[str] = ()) -> dict[str, Any]:
    """Request /healthz, asking about the workers in `names`; return its JSON, or {} if there is no valid answer."""
    host, port = listener.getsockname()
    connection = http.client.HTTPConnection(host, port, timeout=3)
    try:
        connection.request("GET", "/healthz?" + urlencode([("worker", name) for name in names]))
        facts = json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError):
        return {}
    finally:
        connection.close()
    return facts if isinstance(facts, dict) else {}


def error_line_in_log(log: Path) -> str:
    return server_processes.error_line(log.read_text(errors="replace"))


if __name__ == "__main__":
    sys.exit(main())
