"""Tests that every verb and field of the audit log has a Chinese name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.conf import settings

from hunan_trade.audit.event_diff import Change, changed_fields
from hunan_trade.audit.event_label_lookup import declared, event_words_declaring_verb, kind_choices, verb_label
from hunan_trade.audit.models import Event
from hunan_trade.tests.test_layers import LEVEL, package_of, source_files

VERB_PATTERN = re.compile(r"[a-z_]+\.[a-z_]+")
VERBS = {verb for words in declared().values() for verb in words.verbs}


def _modules_that_log() -> Iterator[tuple[str, Path, ast.Module]]:
    """Yield the package, path and syntax tree of every module that writes audit events."""
    for package, path in source_files():
        text = path.read_text(encoding="utf-8")
        if (
            ("audit.actions import" in text and re.search(r"\brecord\(", text))
            or "audit.state_changes import" in text
            or "Move(" in text
        ):
            yield package, path, ast.parse(text)


def _verbs_in(code: ast.Module) -> set[str]:
    """Return every string in the code that looks like an event verb, such as return.accepted.

    A column's path to what it shows looks like one, too.
    """
    paths = {node.value for node in ast.walk(code) if isinstance(node, ast.keyword) and node.arg == "source"}
    found = {
        node.value
        for node in ast.walk(code)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and VERB_PATTERN.fullmatch(node.value)
        if node not in paths
    }
    return {text for text in found if not text.endswith((".html", ".xlsx")) and text not in settings.JOB_KINDS}


def _package_naming_verb(verb: str) -> str:
    return next(package_of(name) or "" for name, words in declared().items() if verb in words.verbs)


def test_every_logged_verb_has_a_chinese_name_and_a_filter() -> None:
    logged = {verb for *_, code in _modules_that_log() for verb in _verbs_in(code)}
    assert {"milestone.reached", "report.voided", "session.opened", "observation.corrected"} <= logged
    assert not logged - VERBS
    assert not {verb.split(".")[0] for verb in VERBS} - dict(kind_choices()).keys()


def test_every_verb_is_named_once_by_the_app_that_logs_it_or_a_lower_one() -> None:
    assert len(VERBS) == sum(len(words.verbs) for words in declared().values())
    wrong = [
        f"{path.name}: {verb}"
        for package, path, code in _modules_that_log()
        for verb in _verbs_in(code)
        if LEVEL[_package_naming_verb(verb)] > LEVEL[package]
    ]
    assert not wrong


def _logged_keys(code: ast.Module) -> set[str]:
    """Return the keys of the `before` and `after` dicts with which the code records events."""
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


def _model_fields(verb: str) -> set[str]:
    """Return all model fields of the app that names this event verb."""
    config = apps.get_containing_app_config(_package_naming_verb(verb))
    assert config is not None
    return {field.name for model in config.get_models() for field in model._meta.get_fields()}


def test_every_logged_field_has_a_chinese_name() -> None:
    logged = set()
    for package, path, code in _modules_that_log():
        logged |= (keys := _logged_keys(code))
        own = declared().get(f"{package}.audit_event_labels.WORDS")
        verbs = (_verbs_in(code) & VERBS) | set(own.verbs if own else ())
        unnamed = keys - {
            name for verb in verbs for name in (event_words_declaring_verb(verb).labels.keys() | _model_fields(verb))
        }
        assert not unnamed, f"{path}: {unnamed}"
    assert {"is_active", "document_number", "networks", "state", "head"} <= logged


def test_logged_model_fields_are_shown_with_the_models_names() -> None:
    event = Event(
        verb="task.reported",
        object_type="targets.taskstate",
        before={"state": "not_started", "text": ""},
        after={"state": "under_way", "text": "已开工"},
    )
    assert changed_fields(event) == [Change("状态", "未启动", "推进中"), Change("进展", "", "已开工")]


def test_other_logged_fields_are_shown_with_the_names_of_their_app() -> None:
    event = Event(
        verb="exemption.asked",
        object_type="intake.monthlyreturn",
        after={"kind": "late", "长沙 某公司": {"export": "1.5", "reason": ""}},
    )
    assert changed_fields(event) == [Change("种类", "", "锁定后补报"), Change("长沙 某公司", "", "出口：1.5，说明：空")]


def test_a_logged_search_is_shown_in_the_words_of_its_form() -> None:
    event = Event(verb="audit.read", after={"kind": "return", "q": "长沙", "result": "refused", "role": "city_filer"})
    assert [(change.name, change.after) for change in changed_fields(event)][:3] == [
        ("事件", "月报"),
        ("查找", "长沙"),
        ("结果", "被拒"),
    ]


def test_a_report_requested_by_a_job_is_shown_with_its_kind() -> None:
    event = Event(verb="report.requested", object_type="jobs.job", after={"kind": "monthly-bulletin"})
    assert changed_fields(event) == [Change("种类", "", "月度通报")]


def test_an_event_with_unknown_names_is_shown_as_stored() -> None:
    event = Event(verb="return.frozen", object_type="intake.return", after={"weight": "3"})
    assert verb_label(event.verb) == "月报" and verb_label("thing.done") == "其他"
    assert changed_fields(event) == [Change("weight", "", "3")]
