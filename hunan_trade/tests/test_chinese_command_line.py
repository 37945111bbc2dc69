"""Tests that manage.py prints help, errors and the list of commands in Chinese."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.db import connection

from hunan_trade.manage_command_line import execute_from_command_line, own_commands
from hunan_trade.tests.test_layers import ROOT

# Names that are typed or shown as they are, codes, and formats.
ALLOWED_ENGLISH = re.compile(
    r"--?[A-Za-z][\w-]*|manage\.py( [a-z_]+)?|\b\w+(/[\w.-]+)+/?|/\w+/|\.\w{3,4}\b|monthly-bulletin|quarterly-dispatch|JSON|UTF-8"
    r"|SHA-256|administrator|security_officer|read|submit|register|contacts|refused|PORTAL_MODE|DATABASE_URL|\bdemo\b|FILES_DIR"
)


def run_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """Run manage.py with these arguments; return its exit code and output."""
    monkeypatch.setenv("LANGUAGE", "zh_Hans")
    code: object = 0
    try:
        execute_from_command_line(["manage.py", *words])
    except SystemExit as ended:
        code = ended.code
    output = capsys.readouterr()
    assert isinstance(code, int) or code is None
    return code or 0, output.out + output.err


def english_words(text: str) -> list[str]:
    """Return the English words in a text, except names that must stay English."""
    return re.findall(r"[A-Za-z]{2,}", ALLOWED_ENGLISH.sub("", text))


def test_the_portals_own_commands_are_listed() -> None:
    assert {"demo", "migrate", "report", "token", "verify_files"} <= set(own_commands()) < set(get_commands())


@pytest.mark.parametrize("name", sorted(own_commands()))
def test_the_help_of_every_command_is_in_chinese(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in ((name, "--help"), ("help", name)):
        code, output = run_command(monkeypatch, capsys, *words)
        assert code == 0 and output.startswith("用法：manage.py ") and "看说明" in output
        assert not english_words(output), output


@pytest.mark.parametrize("name", sorted(own_commands()))
def test_a_wrong_argument_is_explained_in_chinese(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, output = run_command(monkeypatch, capsys, name, "--wrong", "x")
    assert code == 2 and output.startswith("用法：") and f"manage.py {name}：" in output
    assert not english_words(output), output


def test_for_an_unknown_command_the_nearest_one_is_suggested(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(monkeypatch, capsys, "verify_file") == (
        1,
        "没有 verify_file 这个命令，最接近的是 verify_files。执行 manage.py help 看全部命令。\n",
    )
    assert run_command(monkeypatch, capsys, "乱写") == (1, "没有 乱写 这个命令。执行 manage.py help 看全部命令。\n")
    assert run_command(monkeypatch, capsys, "help", "乱写")[0] == 1


@pytest.mark.parametrize("words", [(), ("help",), ("--help",)])
def test_the_list_of_commands_describes_each_in_chinese(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, output = run_command(monkeypatch, capsys, *words)
    first, _, rest = output.partition("框架自带：")
    assert code == 0 and first.startswith("用法：manage.py 命令 [参数]")
    assert all(re.search(rf"^  {name} +\S*[\u4e00-\u9fff]", first, re.M) for name in own_commands()), output
    assert (
        not english_words(re.sub(rf"^  ({'|'.join(own_commands())}) ", "", first, flags=re.M))
        and "makemigrations" in rest
    )


def test_a_refusal_is_printed_as_a_chinese_sentence(
    cloned_database: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for words in (
        ("report", "--kind", "x", "--month", "2013-06", "--out", str(tmp_path)),
        ("plan_read", str(tmp_path / "没有.txt")),
        ("token", "--user", "nobody"),
    ):
        code, output = run_command(monkeypatch, capsys, *words)
        assert code == 1 and not english_words(output.replace(str(tmp_path), "").replace("“x”", "")), output


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("postgres://nobody@127.0.0.1:9/portal", "数据库没有应答。检查 DATABASE_URL 所指的数据库是否启动。\n"),
        ("", "数据库里还没有数据表，或不是本版本的。先执行 manage.py migrate。\n"),
    ],
)
def test_an_unreachable_or_empty_database_is_explained_without_a_traceback(
    address: str, sentence: str, cloned_database: object
) -> None:
    with connection.cursor() as sql:  # the same server, a database without any table
        sql.execute("SELECT current_database()")
        [name] = sql.fetchone()
    here = os.environ["DATABASE_URL"]
    environment = {**os.environ, "DATABASE_URL": address or here.replace(name, "postgres")}
    ran = subprocess.run(
        [sys.executable, "manage.py", "setup"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (1, "", sentence)
