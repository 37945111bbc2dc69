"""Compares the writes that the portal acknowledged to users with the data in the database."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from scripts.load_test.portal_under_test import PortalUnderTest, superuser_cursor
from scripts.load_test.simulated_users import AcknowledgedImport, AcknowledgementLedger

ReturnKey = tuple[str, str]  # city, month


def find_violations(portal: PortalUnderTest, ledger: AcknowledgementLedger, last_event_before: int) -> list[str]:
    """Return a sentence for each write that the portal acknowledged to a user but lost, doubled or changed.

    `last_event_before` is the number of the last event before the load test.
    """
    with superuser_cursor(portal.sockets) as cursor:
        stored = StoredData(cursor, last_event_before)
        found = [
            *_violations_in_saves(ledger, stored),
            *_violations_in_rows(ledger, stored),
            *_violations_in_uploads(ledger, stored, portal.data_dir / "files"),
            *_violations_in_submissions_and_signatures(ledger, stored),
        ]
    verification = portal.run_manage_command("verify_audit")
    if verification.returncode:
        found.append(f"audit chain: {(verification.stderr or verification.stdout).strip()[-200:]}")
    return found


class StoredData:
    """The rows, uploads, submissions and events that the load test reads back from the portal's database."""

    def __init__(self, cursor: Any, last_event_before: int) -> None:
        cursor.execute(
            "SELECT id, region_id, to_char(month, 'YYYY-MM'), status, handed_up_by_id FROM intake_monthlyreturn"
        )
        returns = cursor.fetchall()
        self.place: dict[int, ReturnKey] = {pk: (region, month) for pk, region, month, _, _ in returns}
        self.status = {(region, month): status for _, region, month, status, _ in returns}
        self.handed_up_by = {(region, month): user for _, region, month, _, user in returns}
        cursor.execute(
            "SELECT object_id, verb, actor_id, before, after FROM audit_event"
            " WHERE object_type = 'intake.monthlyreturn' AND seq > %s ORDER BY seq",
            [last_event_before],
        )
        self.events: dict[tuple[ReturnKey, str], list[tuple[int, Any, Any]]] = defaultdict(list)
        for object_id, verb, actor, before, after in cursor.fetchall():
            self.events[self.place[int(object_id)], verb].append((actor, before, after))
        cursor.execute("SELECT monthly_return_id, dataset, key, texts, version, edited_by_id FROM intake_row")
        self.rows = {
            (self.place[pk], dataset, key): (texts, version, editor)
            for pk, dataset, key, texts, version, editor in cursor.fetchall()
        }
        cursor.execute("SELECT monthly_return_id, file_id, received_by_id, confirmed_at IS NOT NULL FROM intake_upload")
        self.uploads = [(self.place[pk], *rest) for pk, *rest in cursor.fetchall()]
        cursor.execute(
            "SELECT monthly_return_id, receipt, signed_by_id, workbook_id FROM intake_round WHERE decision = ''"
        )
        self.rounds: dict[ReturnKey, list[tuple[str, int, str]]] = defaultdict(list)
        for pk, *rest in cursor.fetchall():
            self.rounds[self.place[pk]].append(tuple(rest))


def last_audit_event_number(portal: PortalUnderTest) -> int:
    with superuser_cursor(portal.sockets) as cursor:
        cursor.execute("SELECT coalesce(max(seq), 0) FROM audit_event")
        number: int = cursor.fetchone()[0]
    return number


def _violations_in_saves(ledger: AcknowledgementLedger, stored: StoredData) -> Iterator[str]:
    """Yield a sentence for each save that the portal acknowledged to a user but did not store exactly once.

    Also yields each version that was given to two users.
    """
    versions: Counter[tuple[ReturnKey, str, int]] = Counter()
    for saved in ledger.saved:
        place = (saved.city, saved.month)
        matching = 0
        for actor, _, after in stored.events[place, "return.filled"]:
            matching += actor == saved.user and all(
                key in after and texts.items() <= after[key].items() for key, (texts, _, _) in saved.rows.items()
            )
        if matching != 1:
            yield f"{'lost' if not matching else 'doubled'}: a save in {place} by {saved.user} is stored {matching} times"
        for key, (_, version, seen) in saved.rows.items():
            versions[place, key, version] += 1
            if version > seen + 1:
                yield f"lost: {saved.user} saved {key} in {place} as version {version} and had seen {seen}"
    for (place, key, version), times in versions.items():
        if times > 1:
            yield f"lost: version {version} of {key} in {place} was told to {times} people"
    acknowledged = Counter((saved.city, saved.month) for saved in ledger.saved)
    for (place, verb), events in stored.events.items():
        if verb == "return.filled" and len(events) > acknowledged[place]:
            yield f"doubled: {len(events)} saves are stored in {place}, {acknowledged[place]} were acknowledged"


def _violations_in_rows(ledger: AcknowledgementLedger, stored: StoredData) -> Iterator[str]:
    """Yield a sentence for each stored row of a return that differs from what the portal last acknowledged."""
    imported: dict[ReturnKey, AcknowledgedImport] = {
        (imported_workbook.city, imported_workbook.month): imported_workbook for imported_workbook in ledger.imported
    }
    writes: dict[tuple[ReturnKey, str], list[tuple[int, dict[str, str], int]]] = defaultdict(list)
    for saved in ledger.saved:
        for key, (texts, version, _) in saved.rows.items():
            writes[(saved.city, saved.month), key].append((version, dict(texts), saved.user))
    for (place, key), typed in writes.items():
        found = stored.rows.get((place, "processing_trade", key))
        version, texts, user = max(typed, key=lambda write: write[0])
        if found is None or found[1] < version:
            yield f"lost: {key} in {place} is older than acknowledged"
        elif found[1] == version and not (_texts_agree(texts, found[0]) and found[2] == user):
            yield f"lost: {key} in {place} holds {found[0]}, acknowledged was {texts}"
        elif found[1] > version and (place not in imported or found[1] > version + 1):
            yield f"doubled: {key} in {place} has version {found[1]}, the last acknowledged one is {version}"
    for place, imported_workbook in imported.items():
        for dataset, rows in (
            ("processing_trade", imported_workbook.filled.trade),
            ("city_summary", imported_workbook.filled.summary),
        ):
            for key, texts in rows.items():
                found = stored.rows.get((place, dataset, key))
                if found is None:
                    yield f"lost: {key} of the workbook in {place}"
                elif not _texts_agree(texts, found[0]):
                    mended = max(writes.get((place, key), []), default=(0, {}, 0), key=lambda write: write[0])
                    if mended[0] != found[1] or not _texts_agree({**texts, **mended[1]}, found[0]):
                        yield f"lost: {key} in {place} holds {found[0]}, the workbook said {texts}"


def _violations_in_uploads(ledger: AcknowledgementLedger, stored: StoredData, files: Path) -> Iterator[str]:
    received = Counter((place, sha256, user) for place, sha256, user, _ in stored.uploads)
    confirmed = Counter((place, sha256) for place, sha256, _, done in stored.uploads if done)
    on_disk = {path.name: path for path in files.rglob("*") if path.is_file()}
    for user, city, month, sha256 in ledger.uploaded:
        if (times := received[(city, month), sha256, user]) != 1:
            yield f"{'lost' if not times else 'doubled'}: upload {sha256[:12]} in {city} {month} is stored {times} times"
    if extra := sum(received.values()) - len(ledger.uploaded):
        yield f"doubled: {extra} more uploads are stored than were acknowledged"
    for imported_workbook in ledger.imported:
        place = (imported_workbook.city, imported_workbook.month)
        import_events = [
            after
            for _, _, after in stored.events[place, "return.imported"]
            if after["sha256"] == imported_workbook.sha256
        ]
        if confirmed[place, imported_workbook.sha256] != 1 or len(import_events) != 1:
            yield f"lost or doubled: workbook {imported_workbook.sha256[:12]} in {place}, {len(import_events)} events"
        path = next((path for name, path in on_disk.items() if imported_workbook.sha256 in name), None)
        if path is None or hashlib.sha256(path.read_bytes()).hexdigest() != imported_workbook.sha256:
            yield f"lost: the file {imported_workbook.sha256[:12]} of {place}"


def _violations_in_submissions_and_signatures(ledger: AcknowledgementLedger, stored: StoredData) -> Iterator[str]:
    for user, city, month in ledger.handed_up:
        events = [actor for actor, _, _ in stored.events[(city, month), "return.handed_up"]]
        if events != [user] or stored.handed_up_by[city, month] != user:
            yield f"lost or doubled: handed up {city} {month} by {user}, stored by {events}"
    for user, city, month, receipt in ledger.receipts:
        rounds, sent = stored.rounds[city, month], stored.events[(city, month), "return.sent"]
        if [(expected, by) for expected, by, _ in rounds] != [(receipt, user)] or len(sent) != 1:
            yield f"lost or doubled: receipt {receipt} by {user}, stored {rounds}, {len(sent)} events"
        if stored.status[city, month] != "sent":
            yield f"lost: {city} {month} is {stored.status[city, month]}, its receipt was told"
    acknowledged = {(city, month) for _, city, month, _ in ledger.receipts}
    for place, rounds in stored.rounds.items():
        if place not in acknowledged:
            yield f"doubled: {rounds} stands in {place} without anybody having been told"


def _texts_agree(expected: dict[str, str], stored_texts: dict[str, str]) -> bool:
    return all(_same_text_or_number(text, stored_texts.get(column, "")) for column, text in expected.items())


def _same_text_or_number(one: str, other: str) -> bool:
    """Return whether two texts are equal, or equal as numbers such as 12.30 and 12.3."""
    try:
        return Decimal(one) == Decimal(other)
    except ArithmeticError:
        return one == other
