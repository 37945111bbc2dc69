"""Tests starting, sharing, killing and stopping the bundled PostgreSQL and Valkey servers."""

import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg2
import pytest
import redis
from psycopg2.extras import wait_select
from redis.backoff import NoBackoff
from redis.retry import Retry

from hunan_trade import servers
from hunan_trade.servers import postgres, server_processes, valkey

ROOT = Path(__file__).resolve().parents[2]
START_PAIR = "pair = servers.start_pair(folder, durable=False)"
BORROW_PAIR = "borrowed = servers.borrow_pair(folder); borrowed.__enter__()"
RETURN_PAIR = "borrowed.__exit__(None, None, None)"


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("servers") / "data"


@pytest.fixture
def pair(data_dir: Path) -> Iterator[servers.ServerPair]:
    pair = servers.start_pair(data_dir, durable=False)
    yield pair
    pair.stop()


@pytest.fixture
def start_other_program(data_dir: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Fixture with a function that starts another process which uses the same servers."""
    started = []

    def start(first: str, last: str = "") -> subprocess.Popen[bytes]:
        lines = ["import sys", "from pathlib import Path", "from hunan_trade import servers"]
        lines += ["folder = Path(sys.argv[1])", first, "print('up', flush=True)", "sys.stdin.read()", last]
        child = subprocess.Popen(
            [sys.executable, "-c", "\n".join(lines), data_dir], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        started.append(child)
        assert child.stdout and child.stdout.readline() == b"up\n"
        return child

    yield start
    for child in started:
        child.kill()
        child.communicate()
    servers.start_pair(data_dir, durable=False).stop()


def execute_query(pair: servers.ServerPair, query: str, role: str = postgres.OWNER_ROLE) -> Any:
    connection = psycopg2.connect(host=str(pair.sockets), user=role, dbname=postgres.DATABASE)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(query)
        answer = cursor.fetchone()[0] if cursor.description else None
    connection.close()
    return answer


def test_the_database_supports_chinese_trigrams_and_its_role_is_no_superuser(pair: servers.ServerPair) -> None:
    execute_query(pair, "CREATE EXTENSION IF NOT EXISTS pg_trgm; CREATE EXTENSION IF NOT EXISTS btree_gist")
    assert execute_query(pair, "SELECT cardinality(show_trgm('蓝思'))") == 3
    assert execute_query(pair, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False


def test_an_old_data_directory_gets_the_application_role_at_the_next_start(
    pair: servers.ServerPair, data_dir: Path
) -> None:
    execute_query(pair, "CREATE TABLE old AS SELECT 3 AS n")
    execute_query(pair, f"DROP OWNED BY {postgres.APP_ROLE}", postgres.SUPERUSER)
    execute_query(pair, f"DROP ROLE {postgres.APP_ROLE}", postgres.SUPERUSER)
    pair.stop()
    pair.restart_dead_servers()
    try:
        assert pair.database_url.startswith(f"postgres://{postgres.APP_ROLE}@")
        assert pair.owner_database_url.startswith(f"postgres://{postgres.OWNER_ROLE}@")
        execute_query(pair, "UPDATE old SET n = 4", postgres.APP_ROLE)
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            execute_query(pair, "DROP TABLE old", postgres.APP_ROLE)
    finally:
        execute_query(pair, "DROP TABLE old")


def test_the_broker_is_persistent_and_needs_a_password(pair: servers.ServerPair) -> None:
    client = redis.from_url(pair.redis_url)
    assert client.config_get("appendonly", "maxmemory-policy", "bind") == {
        "appendonly": "yes",
        "maxmemory-policy": "noeviction",
        "bind": "127.0.0.1",
    }
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=pair.port, retry=Retry(NoBackoff(), 0)).ping()


def test_password_files_and_sockets_are_readable_by_the_owner_only(pair: servers.ServerPair, data_dir: Path) -> None:
    for place in (data_dir / "servers.json", data_dir / "valkey.conf", pair.sockets):
        assert not place.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)


def test_data_and_messages_survive_a_stop(data_dir: Path) -> None:
    first = servers.start_pair(data_dir, durable=False)
    execute_query(first, "CREATE TABLE kept AS SELECT 7 AS n")
    redis.from_url(first.redis_url).lpush("queue", "wake")
    first.stop()
    assert servers.find_pair(data_dir) is None

    second = servers.start_pair(data_dir, durable=False)
    try:
        assert execute_query(second, "SELECT n FROM kept") == 7
        assert redis.from_url(second.redis_url).lpop("queue") == b"wake"
    finally:
        execute_query(second, "DROP TABLE kept")
        second.stop()


def test_killed_servers_are_revived_at_the_same_address(pair: servers.ServerPair, data_dir: Path) -> None:
    execute_query(pair, "CREATE TABLE IF NOT EXISTS survivors AS SELECT 1 AS n")
    killed = [*postgres.running_processes(data_dir), *valkey.running_processes(data_dir)]
    for process in killed:
        process.send_signal(signal.SIGKILL)
    while any(server_processes.is_alive(process) for process in killed):
        pass
    assert not pair.is_alive()
    assert pair.restart_dead_servers() == ["postgres", "valkey"]
    assert execute_query(pair, "SELECT n FROM survivors") == 1
    assert redis.from_url(pair.redis_url).ping()
    assert pair.restart_dead_servers() == []


def test_an_orphaned_database_session_does_not_block_the_next_start(pair: servers.ServerPair, data_dir: Path) -> None:
    """Let the session compute, so that it does not notice the death of its server."""
    session = psycopg2.connect(host=str(pair.sockets), user=postgres.OWNER_ROLE, dbname=postgres.DATABASE, async_=True)
    wait_select(session)
    session.cursor().execute("SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b")
    [server] = postgres.running_processes(data_dir)
    computing = psutil.Process(session.get_backend_pid())
    while "SELECT" not in computing.cmdline()[0]:
        pass
    server.kill()
    server.wait()
    assert server_processes.is_alive(computing)
    assert pair.restart_dead_servers() == ["postgres"]
    assert not server_processes.is_alive(computing)
    session.close()


def test_servers_end_when_their_owner_process_is_killed(
    data_dir: Path, start_other_program: Callable[..., subprocess.Popen[bytes]]
) -> None:
    child = start_other_program(START_PAIR)
    abandoned = [*postgres.running_processes(data_dir), *valkey.running_processes(data_dir)]
    assert len(abandoned) == 2
    child.kill()
    while any(server_processes.is_alive(process) for process in abandoned):
        pass


def test_servers_left_by_a_killed_borrower_are_ended_at_the_next_start(
    data_dir: Path, start_other_program: Callable[..., subprocess.Popen[bytes]]
) -> None:
    child = start_other_program(BORROW_PAIR)
    abandoned = [*postgres.running_processes(data_dir), *valkey.running_processes(data_dir)]
    child.kill()
    child.wait()
    assert servers.find_pair(data_dir), "a borrower's pair outlives it"

    servers.start_pair(data_dir, durable=False).stop()
    assert not any(server_processes.is_alive(process) for process in abandoned)


def test_the_servers_end_with_their_last_borrower(
    data_dir: Path, start_other_program: Callable[..., subprocess.Popen[bytes]]
) -> None:
    first = start_other_program(BORROW_PAIR, RETURN_PAIR)
    with servers.borrow_pair(data_dir) as pair:
        first.communicate()
        assert execute_query(pair, "SELECT 1") == 1
    assert servers.find_pair(data_dir) is None


def test_two_pairs_of_servers_run_side_by_side_even_with_long_paths(pair: servers.ServerPair, tmp_path: Path) -> None:
    deep = tmp_path / "湖南省商务厅" / "承接产业转移与加工贸易工作平台" / "数据"
    other = servers.start_pair(deep, durable=False)
    try:
        assert len(os.fsencode(other.sockets)) < 60
        execute_query(other, "CREATE TABLE only_here AS SELECT 1 AS n")
        assert redis.from_url(other.redis_url).config_get("dir") == {"dir": str(deep / "valkey")}
        assert execute_query(pair, "SELECT to_regclass('only_here')") is None
    finally:
        other.stop()
    assert not other.sockets.exists()


def test_a_stale_pid_file_neither_blocks_the_start_nor_kills_the_other_process(data_dir: Path) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    servers.start_pair(data_dir, durable=False).stop()
    lines = [str(stranger.pid), str(data_dir / "postgres"), "0", "5432", "", "", "0 0", "ready"]
    (data_dir / "postgres" / "postmaster.pid").write_text("\n".join(lines))
    try:
        servers.start_pair(data_dir, durable=False).stop()
        assert stranger.poll() is None
    finally:
        stranger.communicate(b"\n")


def test_a_missing_server_package_is_explained_in_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_processes, "find_spec", lambda package: None)
    with pytest.raises(servers.ServersFailed, match=r"^没有装随带的数据库[^\n]+$"):
        servers.start_pair(tmp_path)


def test_a_copied_data_directory_can_be_started(data_dir: Path, tmp_path: Path) -> None:
    servers.start_pair(data_dir, durable=False).stop()
    copy = tmp_path / "copy"
    shutil.copytree(data_dir, copy, ignore=shutil.ignore_patterns("run"))  # for root: all of it belongs to root now
    pair = servers.start_pair(copy, durable=False)
    try:
        assert execute_query(pair, "SELECT 1") == 1
    finally:
        pair.stop()
