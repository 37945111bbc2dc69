"""Tests rules of the code that no linter knows."""

from __future__ import annotations

import ast
import os
import re
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command

from hunan_trade.setup.management.commands import generate_docs
from hunan_trade.tests.test_layers import LEVEL, ROOT, package_of, sources

TOP_LEVEL = {
    "manage.py", "hunan_trade", "targets", "projects", "parks", "enterprises", "events", "reporting", "templates", "static",
    "requirements.txt", "pytest.ini", "README.md", "Makefile", "pyproject.toml", "package.json", "package-lock.json",
    "CHANGELOG.md", "docs", "scripts",
}  # fmt: skip
APPS = ("targets", "projects", "parks", "enterprises", "events", "reporting", "hunan_trade")
LONGEST = 400
REQUIREMENTS = {
    "A": 9, "S": 6, "Z": 11, "X": 8, "I": 5, "O": 7, "U": 7, "J": 7, "D": 8, "L": 3, "B": 3, "G": 2, "P": 3, "C": 3,
}  # fmt: skip


def code() -> list[Path]:
    return [path for app in APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]


def test_the_top_level_is_the_customers() -> None:
    there = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert there - {"node_modules", "staticfiles"} <= TOP_LEVEL


def test_no_file_is_longer_than_a_reader_keeps_in_mind() -> None:
    long = [f"{path.relative_to(ROOT)}: {n}" for path in code() if (n := len(path.read_text().splitlines())) > LONGEST]
    assert not long, "\n".join(long)


def test_no_room_without_a_name() -> None:
    nameless = {"common", "core", "utils", "util", "helpers", "helper", "services", "misc", "base"}
    assert not [path for path in code() if path.stem in nameless or path.parent.name in nameless]


def test_no_relation_points_at_a_higher_floor() -> None:
    level = {config.name: LEVEL[package] for config in apps.get_app_configs() if (package := package_of(config.name))}
    wrong = [
        f"{model._meta.label}.{field.name} → {field.related_model._meta.label}"
        for config in apps.get_app_configs()
        if config.name in level
        for model in config.get_models()
        for field in model._meta.get_fields()
        if field.is_relation and not field.auto_created and field.related_model is not None
        if level.get(apps.get_app_config(field.related_model._meta.app_label).name, -1) > level[config.name]
    ]
    assert not wrong, "\n".join(wrong)


def test_packages_say_what_they_own_and_hold_no_code() -> None:
    wrong = []
    for path in code():
        if path.name != "__init__.py" or {"tests", "management", "commands", "templatetags"} & set(path.parts):
            continue
        body = ast.parse(path.read_text()).body
        docstring = body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
        only_names = all(isinstance(line, ast.ImportFrom | ast.Assign) for line in body[1:])  # a public face, __all__
        if path.parent.name != "kinds" and not (docstring and only_names):
            wrong.append(str(path.relative_to(ROOT)))
    assert not wrong, "\n".join(wrong)


def test_no_float_touches_money() -> None:
    """A float literal or float() beside models, rules and queries would round somewhere unseen."""
    stems = {"models", "rules", "queries", "actions", "panel", "values", "quantities", "serializers", "api"}
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in code()
        if path.stem in stems and "tests" not in path.parts and "jobs" not in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float")
    ]
    assert not wrong, "\n".join(wrong)


DANGEROUS = {"RawSQL", "mark_safe", "csrf_exempt", "pickle", "marshal", "yaml", "eval", "exec"}
REVIEWED = {  # their every text went through escape, or is constant with its values as parameters
    "reporting/renderers/html.py": {"mark_safe"},
    "hunan_trade/intake/grid_html.py": {"mark_safe"},
    "reporting/common_facts.py": {"RawSQL"},
    "hunan_trade/lists/table_html.py": {"mark_safe"},
    "hunan_trade/accounts/tokens.py": {"User.objects.raw"},
}


def test_nothing_is_called_that_trusts_its_text() -> None:
    found = {}
    for path in code():
        if "tests" not in path.parts:
            nodes = list(ast.walk(ast.parse(path.read_text())))
            names = {node.id for node in nodes if isinstance(node, ast.Name)}
            called = [ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)]
            written = {name for name in called if re.search(r"objects\b.*\.(extra|raw)$", name)}
            if there := (names & DANGEROUS) | written:
                found[str(path.relative_to(ROOT))] = there
    trusting = [
        path
        for path in (ROOT / "templates").rglob("*.html")
        if re.search(r"\|\s*safe\b|autoescape off", path.read_text())
    ]
    assert found == REVIEWED and not trusting


def test_the_shipped_settings_pass_the_frameworks_own_inspection(tmp_path: Path) -> None:
    production = {
        "PORTAL_MODE": "production",
        "DATABASE_URL": "postgres://portal@127.0.0.1:9/portal",
        "REDIS_URL": "redis://127.0.0.1:9/0",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": "portal.example",
        "DATA_DIR": str(tmp_path),
    }
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    ran = subprocess.run(command, cwd=ROOT, env={**os.environ, **production}, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


def lines_of(function: ast.FunctionDef) -> int:
    """Count the lines of the body, docstring included."""
    assert function.end_lineno
    return function.end_lineno - function.body[0].lineno + 1


def test_views_are_short() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name} {lines_of(node)}"
        for path in code()
        if path.stem.startswith("views") and "tests" not in path.parts
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and lines_of(node) > 15
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_generated_docs_are_up_to_date() -> None:
    stale = [name for name, text in generate_docs.generated_pages().items() if (ROOT / name).read_text() != text]
    assert not stale, f"run manage.py generate_docs: {stale}"


def test_trust_names_every_requirement_once_and_files_that_exist() -> None:
    text = (ROOT / "docs" / "trust.md").read_text()
    listed: list[str] = []
    for letter, first, last in re.findall(r"(?<=[|,] )([A-Z])(\d+)(?:–[A-Z](\d+))?(?=,| \|)", text):
        listed += [f"{letter}{number}" for number in range(int(first), int(last or first) + 1)]
    assert sorted(listed) == sorted(f"{letter}{n}" for letter, most in REQUIREMENTS.items() for n in range(1, most + 1))
    missing = [
        name for name in re.findall(r"`([\w/]+\.(?:py|txt))`", text) if "/" in name and not (ROOT / name).exists()
    ]
    assert not missing


def test_the_layer_test_knows_every_package() -> None:
    known = {name for name, _ in sources()}
    packages = {f"hunan_trade.{p.parent.name}" for p in (ROOT / "hunan_trade").glob("*/__init__.py")}
    assert packages - known <= {"hunan_trade.tests", "hunan_trade.testing"}
