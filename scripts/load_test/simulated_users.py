"""Simulated users of the load test, and a record of the writes that the portal acknowledged to them."""

from __future__ import annotations

import hashlib
import json
import queue
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any

from scripts.load_test import generated_figures, workbook_filling
from scripts.load_test.http_client import HttpClient, Page, UserGaveUp

SAVES_BEFORE_UPLOAD = 3  # saves of three records each before the workbook
ROWS_PER_SAVE = 3
MAX_ATTEMPTS = 4  # times that somebody goes on after "changed meanwhile"
ROW_PATTERN = re.compile(r'<tr data-key="([^"]+)" data-version="(\d+)"')
SHEET = "processing_trade"


@dataclass(frozen=True)
class AcknowledgedSave:
    """Rows of a monthly return that the portal confirmed as saved for one simulated user.

    `rows`: record → (texts, version that it got, version seen before).
    """

    user: int
    city: str
    month: str
    rows: Mapping[str, tuple[Mapping[str, str], int, int]]


@dataclass(frozen=True)
class AcknowledgedImport:
    user: int
    city: str
    month: str
    sha256: str
    filled: workbook_filling.FilledWorkbook


@dataclass
class AcknowledgementLedger:
    """Record, shared by all threads, of the writes that the portal acknowledged, and of conflicts and failures."""

    saved: list[AcknowledgedSave] = field(default_factory=list)
    uploaded: list[tuple[int, str, str, str]] = field(default_factory=list)  # user, city, month, SHA-256
    imported: list[AcknowledgedImport] = field(default_factory=list)
    handed_up: list[tuple[int, str, str]] = field(default_factory=list)
    receipts: list[tuple[int, str, str, str]] = field(default_factory=list)
    conflicts: Counter[str] = field(default_factory=Counter)
    given_up: list[str] = field(default_factory=list)


@dataclass
class SharedState:
    """Objects that all simulated users of a load test share, such as the record of acknowledged writes."""

    ledger: AcknowledgementLedger
    office: Executor
    trays: Mapping[str, queue.Queue[str | None]]
    seed: int
    mean_pause: float = 3.0  # seconds between two things somebody does, on average


@dataclass
class SimulatedUser:
    account: Mapping[str, Any]
    city: str
    month: str
    client: HttpClient
    shared: SharedState

    @property
    def return_path(self) -> str:
        return f"/returns/{self.city}/{self.month}/"

    def run(self) -> None:
        raise NotImplementedError

    def pause(self) -> None:
        time.sleep(min(self.client.draw.expovariate(1 / self.shared.mean_pause), 4 * self.shared.mean_pause))

    def login(self) -> None:
        self.client.login(self.account["username"], self.account["password"])

    def save_rows(
        self, edits: Mapping[str, Mapping[str, str]], versions: dict[str, int], retry_on_conflict: Callable[[], bool]
    ) -> None:
        """Save rows of a monthly return as the web grid does, and record which rows the portal acknowledged.

        On a conflict the other's version is taken, and the save repeated if `retry_on_conflict` says so.
        """
        for _ in range(MAX_ATTEMPTS):
            rows = [{"key": k, "version": versions.get(k, 0), "texts": texts, "base": {}} for k, texts in edits.items()]
            body = json.dumps({"sheet": SHEET, "rows": rows}).encode()
            page = self.client.post("save", f"{self.return_path}rows/", body, "application/json")
            answer = json.loads(page.body) if page.body[:1] == b"{" else {}
            if page.status == 200:
                acknowledged = {
                    k: (texts, int(answer["versions"][k]), versions.get(k, 0)) for k, texts in edits.items()
                }
                versions.update(answer["versions"])
                self.shared.ledger.saved.append(
                    AcknowledgedSave(self.account["id"], self.city, self.month, acknowledged)
                )
                return
            if page.status == 409 and "version" in answer:
                self.shared.ledger.conflicts["save: same record"] += 1
                versions[answer["key"]] = int(answer["version"])
                if retry_on_conflict():
                    continue
                return
            raise UserGaveUp(f"save {page.status} {str(answer.get('detail'))[:60]}")
        raise UserGaveUp("save: always somebody faster")

    def generate_row_texts(self, keys: list[str], turn: object) -> dict[str, dict[str, str]]:
        pairs = {
            key: generated_figures.exports_and_imports(
                key, self.month, f"{self.shared.seed} {self.account['id']} {turn}"
            )
            for key in keys
        }
        return {
            k: {
                "export": generated_figures.format_hundredths(pair[0]),
                "import": generated_figures.format_hundredths(pair[1]),
            }
            for k, pair in pairs.items()
        }


class EditingColleague(SimulatedUser):
    """Simulated user who edits records of a return at the same time as another user edits them."""

    def edit_same_rows(self, keys: list[list[str]], uploading: threading.Event) -> None:
        self.login()
        versions = versions_on_page(self.client.get("read", self.return_path))
        for turn, some in enumerate(keys):
            self.pause()
            self.save_rows(
                self.generate_row_texts(some, f"beside {turn}"), dict(versions), lambda: not uploading.is_set()
            )


class Reporter(SimulatedUser):
    """Simulated user who fills in a return in the web grid, uploads it as a workbook and submits it for signing."""

    colleague: EditingColleague | None = None

    def run(self) -> None:
        self.login()
        self.pause()
        page = self.client.get("read", self.return_path)
        versions = versions_on_page(page)
        names = sorted(versions)
        if not names:
            raise UserGaveUp("read: no records on the page")
        keys = [self.client.draw.sample(names, ROWS_PER_SAVE) for _ in range(SAVES_BEFORE_UPLOAD)]
        uploading, other = threading.Event(), None
        if self.colleague is not None:
            other = threading.Thread(
                target=run_and_note_failure,
                args=(self.shared, self.colleague.edit_same_rows, keys, uploading),
                daemon=True,
            )
            other.start()
        for turn, some in enumerate(keys):
            self.pause()
            self.save_rows(self.generate_row_texts(some, turn), versions, lambda: True)
        uploading.set()
        taken = self._fill_upload_and_confirm_workbook()
        if self.client.draw.random() < 0.4:
            self._correct_two_uploaded_figures(taken)
        if other is not None:
            other.join()
        self._submit_return_to_lead()
        self.shared.trays[self.city].put(self.month)

    def _fill_upload_and_confirm_workbook(self) -> workbook_filling.FilledWorkbook:
        for turn in range(MAX_ATTEMPTS):
            self.pause()
            form = self.client.get("template", f"{self.return_path}workbook/").body
            if not workbook_filling.is_xlsx(form):
                raise UserGaveUp("template: not an .xlsx")
            seed = f"{self.shared.seed} {self.account['id']} file {turn}"
            filled = self.shared.office.submit(workbook_filling.fill_workbook, form, self.month, seed).result()
            sha256 = hashlib.sha256(filled.content).hexdigest()
            self.client.get("upload page", f"{self.return_path}upload/")
            answer = self.client.post_file("upload", f"{self.return_path}upload/", f"{self.month}.xlsx", filled.content)
            if answer.status != 302:
                raise UserGaveUp(f"upload {answer.status}")
            self.shared.ledger.uploaded.append((self.account["id"], self.city, self.month, sha256))
            preview = self.client.get("preview", answer.location)
            confirm = f"{answer.location}confirm/"
            shown = preview.hidden_fields(confirm)
            if shown.get("sha256") != sha256:
                raise UserGaveUp("preview: another file than the one sent")
            self.pause()
            acknowledged = {"sha256": sha256, "version": shown.get("version", "")}
            if 'id="choose"' in preview.text:  # a colleague saved cells of it since the form was downloaded
                acknowledged["rest"] = "mine"
            taken = self.client.post_form("confirm", confirm, acknowledged)
            if taken.status == 302:
                imported_workbook = AcknowledgedImport(self.account["id"], self.city, self.month, sha256, filled)
                self.shared.ledger.imported.append(imported_workbook)
                return filled
            if taken.status != 409:
                raise UserGaveUp(f"confirm {taken.status}")
            self.shared.ledger.conflicts["confirm: changed since the preview"] += 1
        raise UserGaveUp("confirm: always somebody faster")

    def _correct_two_uploaded_figures(self, filled: workbook_filling.FilledWorkbook) -> None:
        """Raise one figure of the uploaded workbook and lower another by the same amount, and save both."""
        versions = versions_on_page(self.client.get("read", self.return_path))
        first, second = self.client.draw.sample(sorted(filled.trade), 2)
        shift = self.client.draw.randint(1, 40)
        edits = {
            key: {"export": generated_figures.format_hundredths(round(float(filled.trade[key]["export"]) * 100) + by)}
            for key, by in ((first, shift), (second, -shift))
        }
        self.pause()
        self.save_rows(edits, versions, lambda: True)

    def _submit_return_to_lead(self) -> None:
        for _ in range(MAX_ATTEMPTS):
            page = self.client.get("read", self.return_path)
            self.pause()
            fields = page.hidden_fields(f"{self.return_path}hand-up/")
            answer = self.client.post_form(
                "hand up", f"{self.return_path}hand-up/", {"version": fields.get("version", "")}
            )
            if answer.status == 302:
                self.shared.ledger.handed_up.append((self.account["id"], self.city, self.month))
                self.client.get("read", answer.location)
                return
            if answer.status != 409:
                break
            self.shared.ledger.conflicts["hand up: changed since it was read"] += 1
        raise UserGaveUp(f"hand up {answer.status} {_hint_of_missing_entries(page)}")


class Lead(SimulatedUser):
    """Simulated head of a city bureau, who signs the city's returns in the order of their submission.

    The user stops when the queue gives None.
    """

    def run(self) -> None:
        self.login()
        while (month := self.shared.trays[self.city].get()) is not None:
            self.month = month
            try:
                self._sign()
            except UserGaveUp as failed:
                self.shared.ledger.given_up.append(str(failed))

    def _sign(self) -> None:
        for _ in range(MAX_ATTEMPTS):
            page = self.client.get("read", self.return_path)
            self.pause()
            fields = page.hidden_fields(f"{self.return_path}sign/")
            answer = self.client.post_form("sign", f"{self.return_path}sign/", {"version": fields.get("version", "")})
            if answer.status == 302:
                receipt = re.search(rf"{self.month}-[^\s<>-]+-\d+", self.client.get("receipt", answer.location).text)
                acknowledged = receipt[0] if receipt else "none on the page"
                self.shared.ledger.receipts.append((self.account["id"], self.city, self.month, acknowledged))
                return
            if answer.status != 409:
                break
            self.shared.ledger.conflicts["sign: changed since it was read"] += 1
        raise UserGaveUp(f"sign {answer.status} {_hint_of_missing_entries(page)}")


def versions_on_page(page: Page) -> dict[str, int]:
    """Return a dict from the key of each record in the web grid of a return's page to the record's version."""
    return {key: int(version) for key, version in ROW_PATTERN.findall(page.text)}


def run_and_note_failure(shared: SharedState, work: Callable[..., None], *arguments: object) -> None:
    """Call `work`; if it raises an exception, add the exception's text to the load test's list of failures."""
    try:
        work(*arguments)
    except UserGaveUp as failed:
        shared.ledger.given_up.append(str(failed))
    except Exception as broken:  # a fault of this program is a violation as well
        shared.ledger.given_up.append(f"{type(broken).__name__}: {broken}")


def _hint_of_missing_entries(page: Page) -> str:
    found = re.search(r'id="return-left"[^>]*>(.*?)<', page.text, re.DOTALL)
    return found[1].strip()[:80] if found else ""
