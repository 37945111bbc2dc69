"""Tests that every event verb and field in the log has a Chinese name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps

from hunan_trade.audit.event_diff import Change, changed_fields
from hunan_trade.audit.event_words import declared, kind_choices, verb_label, words_for_verb
from hunan_trade.audit.models import Event
from hunan_trade.tests.test_layers import LEVEL, package_of, sources

VERB = re.compile(r"[a-z_]+\.[a-z_]+")
VERBS = {verb for words in declared().values() for verb in words.verbs}


def _writers() -> Iterator[tuple[str, Path, ast.Module]]:
    """(package, path, code) of every module that writes to the log, by itself or by a move that names its verb."""
    for package, path in sources():
        text = path.read_text(encoding="utf-8")
        if (
            ("audit.actions import" in text and "record" in text)
            or "audit.state_changes import" in text
            or "Move(" in text
        ):
            yield package, path, ast.parse(text)


def _verbs(code: ast.Module) -> set[str]:
    """Every text like `noun.verb`; names of files and of jobs aside."""
    found = {
        node.value
        for node in ast.walk(code)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and VERB.fullmatch(node.value)
    }
    return {text for text in found if not text.endswith((".html", ".xlsx")) and text != "reports.write"}


def _package_of_words(verb: str) -> str:
    return next(package_of(name) or "" for name, words in declared().items() if verb in words.verbs)


def test_every_verb_that_is_logged_is_said_in_chinese_and_can_be_filtered() -> None:
    logged = {verb for *_, code in _writers() for verb in _verbs(code)}
    assert {"milestone.reached", "report.voided", "session.opened", "observation.corrected"} <= logged
    assert not logged - VERBS
    assert not {verb.split(".")[0] for verb in VERBS} - dict(kind_choices()).keys()


def test_a_verb_is_said_once_by_the_app_that_writes_it_or_one_below() -> None:
    assert len(VERBS) == sum(len(words.verbs) for words in declared().values())
    wrong = [
        f"{path.name}: {verb}"
        for package, path, code in _writers()
        for verb in _verbs(code)
        if LEVEL[_package_of_words(verb)] > LEVEL[package]
    ]
    assert not wrong


def _keys(code: ast.Module) -> set[str]:
    """Every key of a literal `before=` or `after=` that an event is recorded with, or of a dict of that name."""
    found: set[str | None] = set()
    for node in ast.walk(code):
        if isinstance(node, ast.keyword) and node.arg in {"before", "after"}:
            values = [node.value]
        elif isinstance(node, ast.Assign):
            names = {target.id for target in node.targets if isinstance(target, ast.Name)}
            values = [node.value] if names & {"before", "after", "told"} else []
        else:
            continue
        found |= {getattr(key, "value", None) for part in values if isinstance(part, ast.Dict) for key in part.keys}
    return {key for key in found if key is not None}


def _fields(verb: str) -> set[str]:
    """The fields of all models of the app that says the verb."""
    config = apps.get_containing_app_config(_package_of_words(verb))
    assert config is not None
    return {field.name for model in config.get_models() for field in model._meta.get_fields()}


def test_every_field_that_is_logged_is_said_in_chinese() -> None:
    logged = set()
    for package, path, code in _writers():
        logged |= (keys := _keys(code))
        own = declared().get(f"{package}.event_words.WORDS")
        verbs = (_verbs(code) & VERBS) | set(own.verbs if own else ())
        unnamed = keys - {name for verb in verbs for name in (words_for_verb(verb).labels.keys() | _fields(verb))}
        assert not unnamed, f"{path}: {unnamed}"
    assert {"is_active", "customs_code", "document_number", "networks", "state", "head"} <= logged


def test_a_field_of_the_subject_is_called_as_its_model_calls_it() -> None:
    event = Event(
        verb="task.reported",
        object_type="targets.taskstate",
        before={"state": "not_started", "text": ""},
        after={"state": "under_way", "text": "已开工"},
    )
    assert changed_fields(event) == [Change("状态", "未启动", "推进中"), Change("进展", "", "已开工")]


def test_what_is_no_field_of_the_subject_is_called_as_its_app_says() -> None:
    event = Event(
        verb="exception.asked",
        object_type="intake.monthlyreturn",
        after={"kind": "late", "长沙 某公司": {"export": "1.5", "reason": ""}},
    )
    assert changed_fields(event) == [Change("种类", "", "锁定后补报"), Change("长沙 某公司", "", "出口：1.5，说明：空")]


def test_a_search_of_the_log_is_told_in_the_words_of_its_form() -> None:
    event = Event(verb="audit.read", after={"kind": "return", "q": "长沙", "result": "refused", "role": "city_filer"})
    assert [(change.name, change.after) for change in changed_fields(event)][:3] == [
        ("事件", "月报"),
        ("查找", "长沙"),
        ("结果", "被拒"),
    ]


def test_a_kind_of_report_is_said_where_a_job_is_the_subject() -> None:
    event = Event(verb="report.requested", object_type="jobs.job", after={"kind": "monthly-bulletin"})
    assert changed_fields(event) == [Change("种类", "", "月度通报")]


def test_an_event_of_an_older_release_keeps_its_own_words() -> None:
    event = Event(verb="return.frozen", object_type="intake.return", after={"weight": "3"})
    assert verb_label(event.verb) == "月报" and verb_label("thing.done") == "其他"
    assert changed_fields(event) == [Change("weight", "", "3")]
