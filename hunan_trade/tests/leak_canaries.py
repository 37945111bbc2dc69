"""Writes unique words and numbers into one city's data, to detect where other cities see them.

Which fields there are comes from Django's registry of models. A model that is neither owned here nor public, and a
text field that is neither marked nor kept with a reason, fail the tests.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pypdf
from django.apps import apps
from django.db import models

CANARY_WORD = "鸚鵡"  # written so by nobody in this province
CANARY_REASON = f"{CANARY_WORD}900x"  # a reason that can only be written by deciding
# 万美元 as they are typed. The digits are searched for wherever the point and the commas may stand.
EXPORTS, CAPITAL, OLD_EXPORTS = "731024.29", "582913.16", "464807.35"
TYPED_DIGITS = ("731024", "582913", "464807")
# A request's identity, a form's token, a hash: random, so now and then six of a canary's digits by chance.
RANDOM_WORD = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b(?=\d*[A-Za-z])[0-9A-Za-z]{32,}")

# Whose a row is, by its model: the condition under which it is 郴州's.
OWNED = {
    "accounts.User": "region",
    "accounts.UsedPassword": "user__region",
    "accounts.SessionRecord": "user__region",
    "accounts.PasswordLink": "user__region",
    "accounts.Token": "user__region",
    "jobs.Job": "region",
    "indicators.Observation": "region",
    "intake.MonthlyReturn": "region",
    "intake.Row": "monthly_return__region",
    "intake.ReplacedRow": "monthly_return__region",
    "intake.Upload": "monthly_return__region",
    "intake.WorkbookReading": "region",
    "intake.Round": "monthly_return__region",
    "intake.Remark": "round__monthly_return__region",
    "intake.Exemption": "monthly_return__region",
    "intake.Posting": "round__monthly_return__region",
    "enterprises.Enterprise": "region",
    "enterprises.EnterpriseHistory": "region",
    "projects.Project": "city",
    "projects.ProjectHistory": "city",
    "projects.ProjectMonth": "project__city",
    "projects.StageEntry": "city",
    "projects.StageEntryHistory": "city",
    "projects.CapitalIncrease": "city",
    "projects.CapitalIncreaseHistory": "city",
    "projects.Termination": "city",
    "projects.TerminationHistory": "city",
    "projects.BatchMembership": "city",
    "projects.BatchMembershipHistory": "city",
    "projects.ProjectContact": "city",
    "projects.ProjectContactHistory": "city",
    "projects.ProjectFollower": "project__city",
    "projects.ProjectPair": "city",
    "projects.ProjectPairHistory": "city",
    "enterprises.ProcessingTrade": "enterprise__region",
    "enterprises.ReplacedTrade": "enterprise__region",
}
PUBLIC = {
    "audit.Event": "auditors alone read it; what it says of 郴州 is written by the same acts and searched for all the same",
    "audit.Link": "the chain beside the log: numbers and hashes",
    "web.StoredResponse": "found again by the account that asked, under its own key",
    "contenttypes.ContentType": "names of tables",
    "sessions.Session": "keyed by a secret; no page shows one",
    "accounts.AddressFailures": "addresses that guess; no page shows one",
    "accounts.LoginFailures": "no page shows one but the security officer's",
    "regions.Region": "a map of the province",
    "regions.Unit": "a list of offices",
    **dict.fromkeys(
        ("regions.PlanRegion", "regions.SourcePlace", "regions.SourcePlace_plan_regions", "industries.Industry"),
        "a table that the portal ships with",
    ),
    "indicators.SourceDecision": "the source of what is published of every city",
    "indicators.YearRate": "an exchange rate",
    "projects.YearClosing": "which plan years are closed, for every city alike",
    "projects.CountingDecision": "the rule by which every city's projects count",
    "projects.Batch": "the province's decision, the same for all",
    "projects.BatchHistory": "its earlier contents, the same for all",
    "projects.BatchThreshold": "the rule by which every city's projects join a batch",
    "projects.FortuneGroup": "a published list, the same for all",
    "projects.FortuneGroupHistory": "its earlier contents, the same for all",
    "intake.Threshold": "rules by which every city's return is checked",
    "files.StoredFile": "named by content; handed out by way of what it belongs to",
    "jobs.ScheduledRun": "the calendar's",
    "jobs.Ping": "the workers'",
    "projects.CodeCounter": "a number a city and year; no page shows one",
    "parks.Park": "a register of published approvals, the same for all",
    "parks.ParkHistory": "its earlier contents, the same for all",
    "lists.SavedView": "filters under a title, asked for by the reader's own group",
    "lists.ListDownload": "what the account asked for, shown to it alone",
    "lists.ColumnChoice": "codes of columns, asked for by the account alone",
    "lists.BulkEdit": "a change that its owner prepared over records they may see, shown to the owner alone",
    "lists.Import": "what its owner uploaded and may see, shown to the owner alone",
    "lists.RememberedMapping": "headings of spreadsheets, used for the group of whoever mapped them",
    "lists.Attachment": "shown to whoever may see its record, which is asked each time; one at an enterprise is searched for",
    "lists.Act": "shown beside the versions of a record, to whom may see the record",
    "events.Event": "the plan's calendar",
    "events.EventHistory": "its earlier contents, the same for all",
    "reporting.Report": "issued ones are for all; drafts carry the figures of every city and are searched for here",
    "reporting.Source": "which rounds an issued report rests on; no page of a city shows it",
    "reporting.ReportFile": "of issued reports",
    "reporting.Voiding": "of issued reports",
    "reporting.IssueCounter": "a number a year",
    **{
        f"targets.{name}": "the plan is published to every business role, with the state of its tasks"
        for name in [
            "WorkPlan",
            "PlanSection",
            "PlanItem_regions",
            "PlanItem",
            "ItemIdentity",
            "RosterIdentity",
            "Quantity",
            "PlanDate",
            "Mention",
            "TaskState",
            "Roster",
            "RosterEntry",
            "RosterEntryHistory",
            "Target",
            "PlanDraft",
        ]
    },
}
_CODES_OF_A_PROJECT = ("code", "project_class", "kind", "introducer_kind", "stage", "status")
# Texts that are no words of anybody: codes by which rows are found, and secrets kept as hashes.
UNMARKED_FIELDS = {
    "accounts.User.password": "a hash",
    "accounts.UsedPassword.password": "a hash",
    "accounts.SessionRecord.session_key": "the key of a session",
    "accounts.PasswordLink.digest": "a hash",
    "accounts.PasswordLink.second_digest": "a hash",
    "accounts.Token.digest": "a hash",
    "accounts.Token.networks": "addresses, which are checked",
    "jobs.Job.kind": "the name of a function",
    "jobs.Job.region": "a code",
    "indicators.Observation.indicator": "a code of the registry",
    "intake.Row.dataset": "a code",
    "intake.Row.key": "the key of a record",
    "intake.Row.texts": "figures and reasons, marked by typing them",
    "intake.ReplacedRow.dataset": "a code",
    "intake.ReplacedRow.key": "the key of a record",
    "intake.ReplacedRow.texts": "what was typed before; no address shows it but an upload of the same city",
    "intake.Upload.download": "a version and an instant, as a mark of the workbook",
    "intake.Remark.dataset": "a code",
    "intake.Remark.key": "the key of a record",
    "intake.Remark.column": "a code",
    "intake.Round.reason": "stays as decided; marked by giving back",
    "intake.Round.receipt": "month, city and round",
    "intake.Posting.cells": "a range of cells",
    "enterprises.Enterprise.customs_code": "a code, searched for by itself",
    "enterprises.Enterprise.modes": "a choice",
    "enterprises.EnterpriseHistory.name": "marked by marking the enterprise",
    "enterprises.EnterpriseHistory.search_text": "copied from the enterprise",
    "enterprises.EnterpriseHistory.name_order": "copied from the enterprise",
    "enterprises.EnterpriseHistory.customs_code": "a code, searched for by itself",
    "enterprises.EnterpriseHistory.modes": "a choice",
    **{f"projects.Project.{name}": "a code" for name in _CODES_OF_A_PROJECT},
    "projects.Project.status_reason": "none without a status other than 推进中",
    **{
        f"projects.ProjectHistory.{field.name}": "marked by marking the project"
        for field in apps.get_model("projects.ProjectHistory")._meta.local_concrete_fields
    },
    **{
        f"projects.TerminationHistory.{field.name}": "marked by marking the termination"
        for field in apps.get_model("projects.TerminationHistory")._meta.local_concrete_fields
    },
    **{
        f"projects.StageEntryHistory.{field.name}": "marked by marking the step"
        for field in apps.get_model("projects.StageEntryHistory")._meta.local_concrete_fields
    },
    **{
        f"projects.CapitalIncreaseHistory.{field.name}": "marked by marking the increase"
        for field in apps.get_model("projects.CapitalIncreaseHistory")._meta.local_concrete_fields
    },
    **{
        f"projects.BatchMembershipHistory.{field.name}": "marked by marking the membership"
        for field in apps.get_model("projects.BatchMembershipHistory")._meta.local_concrete_fields
    },
    "projects.BatchMembership.left_reason": "none without a day of leaving",
    "projects.ProjectContact.void_reason": "none while it is valid",
    **{
        f"projects.ProjectPairHistory.{field.name}": "marked by marking the pair"
        for field in apps.get_model("projects.ProjectPairHistory")._meta.local_concrete_fields
    },
    **{
        f"projects.ProjectContactHistory.{field.name}": "marked by marking the contact"
        for field in apps.get_model("projects.ProjectContactHistory")._meta.local_concrete_fields
    },
}
# Tables that refuse a change: another row is written instead, which differs in this column.
APPEND_ONLY_COLUMNS: dict[str, tuple[str, Callable[[int, Any], object]]] = {
    "indicators.Observation": ("version", lambda number, row: 1_000 + 100 * number + row.version),
    "intake.Remark": ("key", lambda number, row: f"{number % 8 + 1:02}"),
    "enterprises.ReplacedTrade": ("mode", lambda number, row: "来料加工"),
}
TEXT_FIELDS = (models.CharField, models.TextField, models.JSONField)


def unclassified_models() -> tuple[set[str], set[str]]:
    """Return models that are not classified as owned or public, and classified models that are gone."""
    existing = {model._meta.label for model in apps.get_models(include_auto_created=True)}
    return existing - set(OWNED) - set(PUBLIC), (set(OWNED) | set(PUBLIC)) - existing


def fields_to_mark() -> Iterator[tuple[type[models.Model], models.Field[Any, Any]]]:
    for label in OWNED:
        model = apps.get_model(label)
        for field in model._meta.local_concrete_fields:
            words = isinstance(field, TEXT_FIELDS) and not field.choices and not field.primary_key
            if words and f"{label}.{field.name}" not in UNMARKED_FIELDS:
                yield model, field


def canary_digits() -> dict[str, str]:
    """Return, for each decimal field, the six digits with which its unique test numbers begin."""
    fields = (
        f"{label}.{field.name}"
        for label in OWNED
        for field in apps.get_model(label)._meta.local_concrete_fields
        if isinstance(field, models.DecimalField) and not label.endswith("History")  # which the record's trigger writes
    )
    return {label: str(641_027 + 7_919 * number) for number, label in enumerate(fields)}


def write_canaries(region: str) -> dict[str, str]:
    """Write unique words and numbers into all texts and figures of a city's rows.

    Returns text field → the mark's beginning.
    """
    marks = {}
    for number, (model, field) in enumerate(fields_to_mark()):
        label, added = f"{model._meta.label}.{field.name}", []
        marks[label] = f"{CANARY_WORD}{number}x"
        for row in model._default_manager.filter(**{OWNED[model._meta.label]: region}):
            text: Any = f"{marks[label]}{row.pk}"[: field.max_length or 60]
            value = (
                {**_dict_or_empty(getattr(row, field.name)), "note": text}
                if isinstance(field, models.JSONField)
                else text
            )
            if model._meta.label in APPEND_ONLY_COLUMNS:
                column, other = APPEND_ONLY_COLUMNS[model._meta.label]
                row.pk = None
                setattr(row, column, other(number, row))
                setattr(row, field.name, value)
                added.append(row)
            else:
                model._default_manager.filter(pk=row.pk).update(**{field.name: value})
        model._default_manager.bulk_create(added, ignore_conflicts=True)
    _write_figures(region)
    return marks


def _dict_or_empty(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _write_figures(region: str) -> None:
    for label in dict.fromkeys(name.rpartition(".")[0] for name in canary_digits()):
        model, own = (
            apps.get_model(label),
            {name: digits for name, digits in canary_digits().items() if name.startswith(f"{label}.")},
        )
        numbers = {name.rpartition(".")[2]: Decimal(f"{digits}0000") for name, digits in own.items()}
        rows = model._default_manager.filter(**{OWNED[label]: region})
        assert rows, f"{label} has no row of the city"
        if label not in APPEND_ONLY_COLUMNS:
            rows.update(**numbers)
            continue
        column, other = APPEND_ONLY_COLUMNS[label]
        added = [row for row in rows if getattr(row, "reason", "-")]  # a correction has one
        for row in added:
            row.pk = None
            for name, value in {column: other(99, row), **numbers}.items():
                setattr(row, name, value)
        model._default_manager.bulk_create(added, ignore_conflicts=True)


@dataclass(frozen=True)
class CanariesFound:
    """The unique test words and numbers that were found in a response."""

    marks: frozenset[str]
    numbers: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.marks or self.numbers)


def find_canaries(content: bytes, echoed: str = "") -> CanariesFound:
    """Return the unique test words and numbers in a response, except the user's own input `echoed`."""
    text = "\n".join(_texts_of_content(content))
    if echoed:
        text = text.replace(echoed, "")
    digits_text = re.sub(r"[,.\s]", "", RANDOM_WORD.sub(" x ", text))
    return CanariesFound(
        frozenset(re.findall(rf"{CANARY_WORD}\d+x", text)) | ({CANARY_WORD} if CANARY_WORD in text else set()),
        frozenset(number for number in (*TYPED_DIGITS, *canary_digits().values()) if number in digits_text),
    )


def _texts_of_content(content: bytes) -> Iterator[str]:
    if content[:4] == b"%PDF":
        yield from (page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
        return
    if content[:2] != b"PK":
        text = content.decode("utf-8", "replace")
        yield re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), text)
        return
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        for name in parts.namelist():
            yield name
            yield parts.read(name).decode("utf-8", "replace")
