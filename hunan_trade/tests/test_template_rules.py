"""Tests rules for Django templates that the template formatter does not check."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

from hunan_trade.accounts.roles import Permission, Role
from hunan_trade.tests.test_code_conventions import code_files
from hunan_trade.tests.test_layers import ROOT

WIDEST = 120


# Tables that a template or a module writes itself, with their number and what makes them no table of records. All
# others are drawn from columns in an app's tables.py: as a list (lists/_table.html), or inside a page as PageTable.
TABLES_BY_HAND = {
    # the two components that draw columns
    "templates/lists/_table.html": (1, "the list's own"),
    "templates/lists/page_table.html": (1, "that of PageTable"),
    # pages with a shape of their own
    "templates/intake/_sheet.html": (1, "the grid of a return"),
    "templates/intake/review.html": (1, "the review of a return, with ranges and boxes for remarks"),
    "templates/intake/board.html": (1, "the board: who holds how many returns"),
    "templates/components/board.html": (1, "the board of months"),
    "templates/targets/home.html": (2, "the tree of the plan"),
    "templates/targets/version.html": (1, "the tree of the plan"),
    "templates/reporting/_part.html": (1, "the bulletin"),
    "templates/reporting/_chain.html": (2, "the origin of a figure of the bulletin"),
    "reporting/renderers/html.py": (1, "the bulletin"),
    # figures, not records
    "templates/home/_ranking.html": (1, "ranks with bars and a line for the province"),
    "templates/home/city.html": (1, "ranks of one city by indicator"),
    "templates/components/chart.html": (1, "the numbers under a chart"),
    # cells of a file beside those of the system
    "templates/components/conflict.html": (1, "mine, theirs and base"),
    "templates/lists/_draft.html": (1, "fields as they stand and as they were typed"),
    "templates/components/sides.html": (1, "mine, theirs and base"),
    "templates/intake/_choose.html": (1, "cells to choose from"),
    "templates/intake/_kept.html": (1, "cells that a file does not change"),
    "templates/intake/preview.html": (2, "findings of a file, and its lines as they were read"),
    "templates/lists/_edit_conflicts.html": (1, "mine, theirs and base"),
    "templates/lists/_own_changes.html": (1, "fields before and after"),
    "templates/lists/bulk_edit.html": (1, "fields before and after"),
    "templates/lists/_move_preview.html": (1, "records that can move and why others cannot"),
    "templates/lists/undo.html": (1, "fields before and after"),
    "templates/lists/import/_duplicates.html": (1, "rows to choose for"),
    "templates/lists/import/_changed_cells.html": (1, "cells to choose from"),
    "templates/lists/import/_findings.html": (1, "findings of a file"),
    "templates/lists/import/mapping.html": (2, "a file's cells, and its columns with a form for each"),
    # rows with forms of several fields
    "templates/lists/_attachments.html": (1, "files of a record, each with a form that removes it for a reason"),
    # of the portal itself
    "templates/console/roles.html": (1, "a matrix of roles and permissions"),
    "templates/console/login.html": (2, "accounts of the demo, which fill in the form"),
    "templates/console/api_docs.html": (2, "operations and their parameters in the description of the API"),
    "templates/console/_api_fields.html": (1, "fields of a body in the description of the API"),
    "templates/gallery.html": (5, "examples of components"),
}


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


def test_no_page_writes_a_table_of_records_by_hand() -> None:
    files = [*(ROOT / "templates").rglob("*.html"), *(path for path in code_files() if "tests" not in path.parts)]
    counts = {str(path.relative_to(ROOT)): len(re.findall(r"<table[\s>]", path.read_text())) for path in files}
    declared = {path: count for path, (count, _) in TABLES_BY_HAND.items()}
    assert {path: count for path, count in counts.items() if count} == declared


def test_only_the_grid_of_a_return_is_drawn_by_a_module_of_its_own() -> None:
    """Apps hand values to columns and templates; HTML is put together in the components of lists and pages."""
    drawing = {
        str(path.relative_to(ROOT))
        for path in code_files()
        if "tests" not in path.parts and re.search(r"<(tr|td|th)[\s>]", path.read_text())
    }
    assert drawing == {
        "hunan_trade/intake/grid_html.py",
        "hunan_trade/lists/pages/table_html.py",
        "reporting/renderers/html.py",
    }
