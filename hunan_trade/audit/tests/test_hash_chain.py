"""Tests that the hash chain reveals every later change of an event."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from pytest_django import Settings

from hunan_trade.audit import chain_queries, chain_verification, hash_chain, saved_chain_heads
from hunan_trade.audit.actions import System, record
from hunan_trade.audit.models import Event, Link
from hunan_trade.audit.tests.tampering import event_seq_of_link, execute_sql, rebuild_chain, without_triggers


@pytest.fixture(autouse=True)
def sealed_at_once(tables_owner: None, db: None) -> None:
    """Seal events as they are written, because a test's transaction is never committed."""
    with connection.cursor() as sql:
        sql.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.fixture(autouse=True)
def heads_file(settings: Settings, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return saved_chain_heads.heads_path()


def record_twelve_events() -> None:
    for number in range(1, 13):
        record("test.done", by=System(f"张{number}"), before={"甲": 1.10, "b": [None]}, after={}, reason=f"事{number}")


def assert_chain_is_intact(count: int) -> None:
    found = chain_verification.verify_chain()
    assert found.fault is None and found.head.number == count == Event.objects.count()


def change_a_word() -> None:
    execute_sql("UPDATE audit_event SET reason = '改过' WHERE seq = %s", event_seq_of_link(5))


def change_the_time_by_a_microsecond() -> None:
    execute_sql(
        "UPDATE audit_event SET recorded_at = recorded_at + interval '1 microsecond' WHERE seq = %s",
        event_seq_of_link(5),
    )


def move_text_to_the_next_field() -> None:
    execute_sql(
        "UPDATE audit_event SET object_id = '', object_label = '事5', reason = '' WHERE seq = %s", event_seq_of_link(5)
    )


def delete_a_row() -> None:
    execute_sql("DELETE FROM audit_event WHERE seq = %s", event_seq_of_link(5))


def delete_a_row_with_its_link() -> None:
    delete_a_row()
    execute_sql("DELETE FROM audit_link WHERE number = 5")


def delete_the_newest_rows() -> None:
    execute_sql("DELETE FROM audit_event WHERE seq >= %s", event_seq_of_link(5))
    execute_sql("DELETE FROM audit_link WHERE number >= 5")


def swap_two_rows() -> None:
    fifth, ninth = event_seq_of_link(5), event_seq_of_link(9)
    execute_sql("UPDATE audit_link SET event_id = -1 WHERE number = 5")
    execute_sql("UPDATE audit_link SET event_id = %s WHERE number = 9", fifth)
    execute_sql("UPDATE audit_link SET event_id = %s WHERE number = 5", ninth)


def delete_a_row_and_chain_the_rest_anew() -> None:
    delete_a_row_with_its_link()
    rebuild_chain()


def change_a_word_and_chain_the_rest_anew() -> None:
    change_a_word()
    rebuild_chain()


def change_the_last_row_and_chain_it_anew() -> None:
    execute_sql("UPDATE audit_event SET reason = '改过' WHERE seq = %s", event_seq_of_link(12))
    rebuild_chain()


@pytest.mark.parametrize(
    ("tamper", "number", "message"),
    [
        (change_a_word, 5, "内容与记录时不一致"),
        (change_the_time_by_a_microsecond, 5, "内容与记录时不一致"),
        (move_text_to_the_next_field, 5, "内容与记录时不一致"),
        (delete_a_row, 5, "已被删除"),
        (delete_a_row_with_its_link, 5, "缺失"),
        (delete_the_newest_rows, 5, "起已不在库内：库外留存到第 12 条，库内只到第 4 条"),
        (swap_two_rows, 5, "内容与记录时不一致"),
        (delete_a_row_and_chain_the_rest_anew, 12, "已不在库内"),
        (change_a_word_and_chain_the_rest_anew, 12, "与库外留存的摘要不一致"),
        (change_the_last_row_and_chain_it_anew, 12, "与库外留存的摘要不一致"),
    ],
)
def test_tampering_is_detected_and_the_first_bad_event_named(
    tamper: Callable[[], None], number: int, message: str
) -> None:
    record_twelve_events()
    saved_chain_heads.append_head(chain_queries.newest_head())
    with without_triggers():
        tamper()
    with pytest.raises(CommandError) as failed:
        call_command("verify_audit")
    assert f"第 {number} 条" in str(failed.value) and message in str(failed.value)


def test_an_event_without_a_link_is_detected() -> None:
    record_twelve_events()
    copy = ", ".join(name for name in hash_chain.FIELDS if name != "seq")
    with without_triggers():
        execute_sql(
            f"INSERT INTO audit_event ({copy}) SELECT {copy} FROM audit_event WHERE seq = %s", event_seq_of_link(5)
        )
    seq = Event.objects.latest("seq").seq
    assert str(chain_verification.verify_chain().fault) == f"中序号 {seq} 的一条没有接入记录链"


def test_an_event_inserted_by_plain_sql_is_linked_into_the_chain() -> None:
    record_twelve_events()
    execute_sql(
        "INSERT INTO audit_event (recorded_at, business_on, verb, actor_name, actor_role, actor_region, credential, ip,"
        " method, request_id, object_type, object_id, object_label, region, before, after, result, reason)"
        " VALUES ('2013-01-01 08:00+08', '2013-01-01', 'test.done', E'甲,3:乙\\n𠮷', '', '', '', '2001:db8::1', '', '', '',"
        """ '', '', '', 'null', '{"b": 1.00, "a": 1e400, "长": "\\u0001\\""}', 'ok', '')"""
    )
    assert_chain_is_intact(13)


def test_a_link_cannot_be_changed_forged_or_removed() -> None:
    record_twelve_events()
    for command in (
        "UPDATE audit_link SET hash = repeat('f', 64) WHERE number = 12",
        "DELETE FROM audit_link WHERE number = 12",
        "TRUNCATE audit_link",
    ):
        with pytest.raises(Exception, match=r"audit_link: \w+ refused"), transaction.atomic():
            execute_sql(command)
    with pytest.raises(Exception, match="audit_chain_does_not_fork"), transaction.atomic():
        execute_sql(
            "INSERT INTO audit_link (number, form, hash, event_id, prev_hash)"
            " SELECT 99, 1, repeat('e', 64), 99, prev_hash FROM audit_link WHERE number = 12"
        )
    assert_chain_is_intact(12)


def test_the_command_reports_the_count_and_saves_the_head(heads_file: Path) -> None:
    record_twelve_events()
    output = StringIO()
    call_command("verify_audit", stdout=output)
    twelfth = Link.objects.get(number=12)
    assert output.getvalue() == f"审计记录链完整，共 12 条，末条摘要 {twelfth.hash}。\n"
    verified = Event.objects.get(verb="audit.verified")
    assert (verified.after, verified.result) == ({"count": 12, "head": twelfth.hash}, "ok")
    assert saved_chain_heads.read_hashes() == {13: Link.objects.get(number=13).hash}
    assert heads_file.stat().st_mode & 0o077 == 0
    call_command("verify_audit", stdout=output)
    assert len(heads_file.read_text().splitlines()) == 2


def test_the_command_compares_a_given_or_saved_head() -> None:
    record_twelve_events()
    printed = Link.objects.get(number=9).hash
    saved_chain_heads.append_head(chain_queries.newest_head())
    output = StringIO()
    call_command("verify_audit", "--head", stdout=output)
    call_command("verify_audit", "--head", printed.upper(), stdout=output)
    assert [line[:4] for line in output.getvalue().splitlines()] == ["第 12", "第 9 "]
    with without_triggers():
        change_a_word_and_chain_the_rest_anew()
    for arguments in ([], [printed]):
        with pytest.raises(CommandError, match="在库内找不到"):
            call_command("verify_audit", "--head", *arguments)


def test_a_saved_head_cannot_be_overridden_by_a_later_line(heads_file: Path) -> None:
    record_twelve_events()
    saved_chain_heads.append_head(chain_queries.newest_head())
    with without_triggers():
        change_a_word_and_chain_the_rest_anew()
    saved_chain_heads.append_head(chain_queries.newest_head())
    assert "与库外留存的摘要不一致" in str(chain_verification.verify_chain())
    heads_file.write_text(heads_file.read_text() + "½\n")
    assert "第 3 行读不懂" in str(chain_verification.verify_chain())


def test_an_exported_segment_is_verified_without_the_database(tmp_path: Path) -> None:
    record_twelve_events()
    call_command("export_audit", "--first", "3", "--last", "9", "--to", str(tmp_path), stdout=StringIO())
    manifest, lines = tmp_path / "3-9.manifest.json", tmp_path / "3-9.jsonl"
    assert '"reason": "事3"' in lines.read_text().splitlines()[0] and len(lines.read_text().splitlines()) == 7
    execute_sql("ALTER TABLE audit_event RENAME TO audit_gone")
    output = StringIO()
    call_command("export_audit", "--check", str(manifest), stdout=output)
    assert output.getvalue() == "3-9.manifest.json 所列记录完整。\n"
    whole = lines.read_text()
    for text, message in (
        (whole.replace("事5", "改过"), "第 5 条"),
        ("".join(line for line in whole.splitlines(keepends=True) if "事5" not in line), "第 5 条缺失"),
        ("".join(whole.splitlines(keepends=True)[:-1]), "第 9 条起缺失"),
        (whole.replace('"number": 5,', '"number":5,'), "文件与清单的摘要不一致"),
    ):
        lines.write_text(text)
        with pytest.raises(CommandError, match=message):
            call_command("export_audit", "--check", str(manifest))


def test_a_broken_segment_is_not_exported(tmp_path: Path) -> None:
    record_twelve_events()
    with without_triggers():
        change_a_word()
    for last in ("9", "13"):
        with pytest.raises(CommandError):
            call_command("export_audit", "--last", last, "--to", str(tmp_path))
    assert not list(tmp_path.glob("*-*"))
