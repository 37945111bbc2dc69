"""Tests rules for templates that their formatter does not know."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

from hunan_trade.accounts.roles import Permission, Role
from hunan_trade.tests.test_layers import ROOT

WIDEST = 120


def lines() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "templates").rglob("*.html")):
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            yield f"{path.relative_to(ROOT)}:{number}", line


def url_names(resolver: URLResolver, namespace: str = "") -> Iterator[str]:
    """Every name that `{% url %}` knows, with its namespace."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from url_names(entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
        elif isinstance(entry, URLPattern) and entry.name:
            yield namespace + entry.name


def test_no_line_of_a_template_is_wider_than_a_line_of_code() -> None:
    wide = [f"{place}: {len(line)}" for place, line in lines() if len(line) > WIDEST]
    assert not wide, "\n".join(wide)


def test_templates_ask_for_permissions_and_never_for_a_role() -> None:
    """The place of an account (`is_city`) is a fact; what somebody may do is `portal.may.<name of a Permission>`."""
    roles = "|".join(Role.values)
    by_role = re.compile(rf"""["']({roles})["']|\.role\s*(==|!=|in\b|not\b)|is_province""")
    wrong = [f"{place}: {line.strip()}" for place, line in lines() if by_role.search(line)]
    assert not wrong, "\n".join(wrong)


def test_every_permission_that_a_template_asks_for_exists() -> None:
    asked = {(place, name) for place, line in lines() for name in re.findall(r"portal\.may\.?(\w*)", line)}
    assert asked and not [(place, name) for place, name in asked if name not in Permission.__members__]


def test_every_address_that_a_template_names_exists() -> None:
    """`{% url … as … %}` is silent about a name that does not exist."""
    known = set(url_names(get_resolver()))
    named = {(place, name) for place, line in lines() for name in re.findall(r"""\{% url ["']([^"']+)""", line)}
    assert named and not [(place, name) for place, name in sorted(named) if name not in known]
