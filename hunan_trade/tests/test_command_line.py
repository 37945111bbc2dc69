"""Tests that commands explain in Chinese their arguments, errors and the list of commands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.db import connection

from hunan_trade.command_line import execute_from_command_line, own_commands
from hunan_trade.tests.test_layers import ROOT

# Names that are typed or shown as they are, codes, and formats.
NAMES = re.compile(
    r"--?[A-Za-z][\w-]*|manage\.py( [a-z_]+)?|\b\w+(/[\w.-]+)+/?|/\w+/|\.\w{3,4}\b|monthly-bulletin|quarterly-dispatch|JSON|UTF-8"
    r"|SHA-256|administrator|security_officer|read|submit|refused|PORTAL_MODE|DATABASE_URL|\bdemo\b|FILES_DIR"
)


def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    monkeypatch.setenv("LANGUAGE", "zh_Hans")
    code: object = 0
    try:
        execute_from_command_line(["manage.py", *words])
    except SystemExit as ended:
        code = ended.code
    told = capsys.readouterr()
    assert isinstance(code, int) or code is None
    return code or 0, told.out + told.err


def english(text: str) -> list[str]:
    return re.findall(r"[A-Za-z]{2,}", NAMES.sub("", text))


def test_there_are_commands_of_ours() -> None:
    assert {"demo", "migrate", "report", "token", "verify_files"} <= set(own_commands()) < set(get_commands())


@pytest.mark.parametrize("name", sorted(own_commands()))
def test_help_is_in_chinese(name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for words in ((name, "--help"), ("help", name)):
        code, told = typed(monkeypatch, capsys, *words)
        assert code == 0 and told.startswith("用法：manage.py ") and "看说明" in told
        assert not english(told), told


@pytest.mark.parametrize("name", sorted(own_commands()))
def test_a_wrong_argument_is_named_in_chinese(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = typed(monkeypatch, capsys, name, "--wrong", "x")
    assert code == 2 and told.startswith("用法：") and f"manage.py {name}：" in told
    assert not english(told), told


def test_an_unknown_command_is_answered_with_the_nearest_one_or_the_list(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed(monkeypatch, capsys, "verify_file") == (
        1,
        "没有 verify_file 这个命令，最接近的是 verify_files。执行 manage.py help 看全部命令。\n",
    )
    assert typed(monkeypatch, capsys, "乱写") == (1, "没有 乱写 这个命令。执行 manage.py help 看全部命令。\n")
    assert typed(monkeypatch, capsys, "help", "乱写")[0] == 1


@pytest.mark.parametrize("words", [(), ("help",), ("--help",)])
def test_the_list_of_commands_says_what_each_is_for(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = typed(monkeypatch, capsys, *words)
    first, _, rest = told.partition("框架自带：")
    assert code == 0 and first.startswith("用法：manage.py 命令 [参数]")
    assert all(re.search(rf"^  {name} +\S*[\u4e00-\u9fff]", first, re.M) for name in own_commands()), told
    assert not english(re.sub(rf"^  ({'|'.join(own_commands())}) ", "", first, flags=re.M)) and "makemigrations" in rest


def test_a_refusal_is_a_sentence_without_the_name_of_its_class(
    cloned_database: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for words in (
        ("report", "--kind", "x", "--month", "2013-06", "--out", str(tmp_path)),
        ("plan_read", str(tmp_path / "没有.txt")),
        ("token", "--user", "nobody"),
    ):
        code, told = typed(monkeypatch, capsys, *words)
        assert code == 1 and not english(told.replace(str(tmp_path), "").replace("“x”", "")), told


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("postgres://nobody@127.0.0.1:9/portal", "数据库没有应答。检查 DATABASE_URL 所指的数据库是否启动。\n"),
        ("", "数据库里还没有数据表，或不是本版本的。先执行 manage.py migrate。\n"),
    ],
)
def test_a_database_that_is_away_or_empty_is_a_sentence_and_no_trace(
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
