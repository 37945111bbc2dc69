"""Tests rules for Django templates that the template formatter does not check."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

from hunan_trade.accounts.roles import Permission, Role
from hunan_trade.tests.test_layers import ROOT

WIDEST = 120


def template_lines() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "templates").rglob("*.html")):
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            yield f"{path.relative_to(ROOT)}:{number}", line


def url_names(resolver: URLResolver, namespace: str = "") -> Iterator[str]:
    """Yield every URL name with its namespace that templates can use."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from url_names(entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
        elif isinstance(entry, URLPattern) and entry.name:
            yield namespace + entry.name


def test_no_template_line_is_wider_than_120_characters() -> None:
    wide = [f"{place}: {len(line)}" for place, line in template_lines() if len(line) > WIDEST]
    assert not wide, "\n".join(wide)


def test_templates_check_permissions_and_never_roles() -> None:
    """`portal.may.<Permission>` says what somebody may do; `is_city` says where an account belongs."""
    roles = "|".join(Role.values)
    by_role = re.compile(rf"""["']({roles})["']|\.role\s*(==|!=|in\b|not\b)|is_province""")
    wrong = [f"{place}: {line.strip()}" for place, line in template_lines() if by_role.search(line)]
    assert not wrong, "\n".join(wrong)


def test_every_permission_named_in_a_template_exists() -> None:
    permissions = {
        (place, name) for place, line in template_lines() for name in re.findall(r"portal\.may\.?(\w*)", line)
    }
    assert permissions and not [(place, name) for place, name in permissions if name not in Permission.__members__]


def test_every_url_name_in_a_template_exists() -> None:
    """Check each name, since `{% url … as … %}` is silent about unknown ones."""
    known = set(url_names(get_resolver()))
    url_names_in_templates = {
        (place, name) for place, line in template_lines() for name in re.findall(r"""\{% url ["']([^"']+)""", line)
    }
    assert url_names_in_templates and not [
        (place, name) for place, name in sorted(url_names_in_templates) if name not in known
    ]
