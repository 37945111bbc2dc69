"""Tests code rules that no linter checks, such as file lengths and module names."""

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
from hunan_trade.tests.test_layers import LEVEL, ROOT, package_of, source_files

TOP_LEVEL = {
    "manage.py", "hunan_trade", "targets", "projects", "parks", "enterprises", "events", "reporting", "templates", "static",
    "requirements.txt", "pytest.ini", "README.md", "Makefile", "pyproject.toml", "package.json", "package-lock.json",
    "CHANGELOG.md", "docs", "scripts",
}  # fmt: skip
APPS = ("targets", "projects", "parks", "enterprises", "events", "reporting", "hunan_trade")
MAX_LINES = 400
REQUIREMENTS = {
    "A": 9, "S": 6, "Z": 11, "X": 8, "I": 5, "O": 7, "U": 7, "J": 7, "D": 8, "L": 3, "B": 3, "G": 2, "P": 3, "C": 3,
}  # fmt: skip


def code_files() -> list[Path]:
    """Return every Python file of the apps except migrations."""
    return [path for app in APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]


def test_the_top_level_has_only_the_agreed_files() -> None:
    present = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert present - {"node_modules", "staticfiles", "__pycache__"} <= TOP_LEVEL


def test_nothing_that_is_installed_is_committed() -> None:
    """A committed link in the place of such a folder makes git delete the folder where it is checked out."""
    if not (ROOT / ".git").exists():
        pytest.skip("no clone of the repository")
    installed = (".venv", "node_modules", ".data", "staticfiles")
    committed = subprocess.run(
        ["git", "ls-files", "--", *installed], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert committed.stdout == ""


def test_no_file_is_longer_than_400_lines() -> None:
    long = [
        f"{path.relative_to(ROOT)}: {n}"
        for path in code_files()
        if (n := len(path.read_text().splitlines())) > MAX_LINES
    ]
    assert not long, "\n".join(long)


def test_no_module_has_a_meaningless_name() -> None:
    nameless = {"common", "core", "utils", "util", "helpers", "helper", "services", "misc", "base"}
    assert not [path for path in code_files() if path.stem in nameless or path.parent.name in nameless]


def test_no_model_refers_to_a_model_of_a_higher_layer() -> None:
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


def test_every_package_has_a_docstring_and_no_code() -> None:
    wrong = []
    for path in code_files():
        if path.name != "__init__.py" or {"tests", "management", "commands", "templatetags"} & set(path.parts):
            continue
        body = ast.parse(path.read_text()).body
        docstring = body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
        only_names = all(isinstance(line, ast.ImportFrom | ast.Assign) for line in body[1:])  # a public face, __all__
        if path.parent.name != "kinds" and not (docstring and only_names):
            wrong.append(str(path.relative_to(ROOT)))
    assert not wrong, "\n".join(wrong)


def test_no_float_is_used_where_money_is_computed() -> None:
    """Find float literals and float() in modules whose amounts would be rounded by them."""
    stems = {"models", "rules", "queries", "actions", "panel", "values", "quantities", "serializers", "api"}
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in code_files()
        if path.stem.split("_")[0] in stems and not {"tests", "jobs"} & set(path.parts)
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float")
    ]
    assert not wrong, "\n".join(wrong)


DANGEROUS = {"RawSQL", "mark_safe", "csrf_exempt", "pickle", "marshal", "yaml", "eval", "exec"}
REVIEWED = {  # their every text went through escape, or is constant with its values as parameters
    "reporting/renderers/html.py": {"mark_safe"},
    "hunan_trade/intake/grid_html.py": {"mark_safe"},
    "reporting/shared_report_data.py": {"RawSQL"},
    "hunan_trade/lists/pages/table_html.py": {"mark_safe"},
}


def test_dangerous_functions_are_used_only_where_reviewed() -> None:
    found = {}
    for path in code_files():
        if "tests" not in path.parts:
            nodes = list(ast.walk(ast.parse(path.read_text())))
            names = {node.id for node in nodes if isinstance(node, ast.Name)}
            called = [ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)]
            written = {name for name in called if re.search(r"objects\b.*\.(extra|raw)$", name)}
            if present := (names & DANGEROUS) | written:
                found[str(path.relative_to(ROOT))] = present
    trusting = [
        path
        for path in (ROOT / "templates").rglob("*.html")
        if re.search(r"\|\s*safe\b|autoescape off", path.read_text())
    ]
    assert found == REVIEWED and not trusting


def test_production_settings_pass_djangos_deployment_check(tmp_path: Path) -> None:
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


def line_count(function: ast.FunctionDef) -> int:
    """Return the number of lines of the function's body, docstring included."""
    assert function.end_lineno
    return function.end_lineno - function.body[0].lineno + 1


def test_no_view_is_longer_than_15_lines() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name} {line_count(node)}"
        for path in code_files()
        if path.stem.startswith("views") and "tests" not in path.parts
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and line_count(node) > 15
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_generated_docs_are_up_to_date() -> None:
    stale = [name for name, text in generate_docs.generated_pages().items() if (ROOT / name).read_text() != text]
    assert not stale, f"run manage.py generate_docs: {stale}"


def test_the_trust_document_lists_every_requirement_and_existing_files() -> None:
    text = (ROOT / "docs" / "trust.md").read_text()
    listed: list[str] = []
    for letter, first, last in re.findall(r"(?<=[|,] )([A-Z])(\d+)(?:–[A-Z](\d+))?(?=,| \|)", text):
        listed += [f"{letter}{number}" for number in range(int(first), int(last or first) + 1)]
    assert sorted(listed) == sorted(f"{letter}{n}" for letter, most in REQUIREMENTS.items() for n in range(1, most + 1))
    missing = [
        name for name in re.findall(r"`([\w/]+\.(?:py|txt))`", text) if "/" in name and not (ROOT / name).exists()
    ]
    assert not missing


def test_the_layers_contain_every_package() -> None:
    known = {name for name, _ in source_files()}
    packages = {f"hunan_trade.{p.parent.name}" for p in (ROOT / "hunan_trade").glob("*/__init__.py")}
    assert packages - known <= {"hunan_trade.tests", "hunan_trade.testing"}
