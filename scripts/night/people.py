"""What the people of the night do, each in a thread of their own, and what the portal acknowledged to them."""

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

from scripts.night import figures, workbook
from scripts.night.visitor import Failed, Page, Visitor

DRAFTS = 3  # saves of three records each before the workbook
ROWS = 3
AGAIN = 4  # times that somebody goes on after "changed meanwhile"
LINE = re.compile(r'<tr data-key="([^"]+)" data-version="(\d+)"')
SHEET = "processing_trade"


@dataclass(frozen=True)
class Saved:
    """One acknowledged save: by whom, in which return, record → (texts, version that it got, version seen before)."""

    user: int
    city: str
    month: str
    rows: Mapping[str, tuple[Mapping[str, str], int, int]]


@dataclass(frozen=True)
class Imported:
    user: int
    city: str
    month: str
    sha256: str
    filled: workbook.Filled


@dataclass
class FigureLedger:
    """Everything that was acknowledged. Threads append to lists, which is atomic."""

    saved: list[Saved] = field(default_factory=list)
    uploaded: list[tuple[int, str, str, str]] = field(default_factory=list)  # user, city, month, SHA-256
    imported: list[Imported] = field(default_factory=list)
    handed_up: list[tuple[int, str, str]] = field(default_factory=list)
    receipts: list[tuple[int, str, str, str]] = field(default_factory=list)
    conflicts: Counter[str] = field(default_factory=Counter)
    given_up: list[str] = field(default_factory=list)


@dataclass
class Night:
    """What all share: the ledger, the office program, and the leads' in-trays by city."""

    ledger: FigureLedger
    office: Executor
    trays: Mapping[str, queue.Queue[str | None]]
    seed: int
    think: float = 3.0  # seconds between two things somebody does, on average


@dataclass
class Person:
    account: Mapping[str, Any]
    city: str
    month: str
    visitor: Visitor
    night: Night

    @property
    def place(self) -> str:
        return f"/returns/{self.city}/{self.month}/"

    def run(self) -> None:
        raise NotImplementedError

    def pause(self) -> None:
        time.sleep(min(self.visitor.draw.expovariate(1 / self.night.think), 4 * self.night.think))

    def login(self) -> None:
        self.visitor.login(self.account["username"], self.account["password"])

    def save(
        self, edits: Mapping[str, Mapping[str, str]], versions: dict[str, int], insist: Callable[[], bool]
    ) -> None:
        """As the grid does it. Whoever meets somebody else's figures takes their version and, if so minded, goes on."""
        for _ in range(AGAIN):
            rows = [{"key": k, "version": versions.get(k, 0), "texts": texts, "base": {}} for k, texts in edits.items()]
            body = json.dumps({"sheet": SHEET, "rows": rows}).encode()
            page = self.visitor.write("save", f"{self.place}rows/", body, "application/json")
            said = json.loads(page.body) if page.body[:1] == b"{" else {}
            if page.status == 200:
                told = {k: (texts, int(said["versions"][k]), versions.get(k, 0)) for k, texts in edits.items()}
                versions.update(said["versions"])
                self.night.ledger.saved.append(Saved(self.account["id"], self.city, self.month, told))
                return
            if page.status == 409 and "version" in said:
                self.night.ledger.conflicts["save: same record"] += 1
                versions[said["key"]] = int(said["version"])
                if insist():
                    continue
                return
            raise Failed(f"save {page.status} {str(said.get('detail'))[:60]}")
        raise Failed("save: always somebody faster")

    def typed(self, keys: list[str], turn: object) -> dict[str, dict[str, str]]:
        pairs = {
            key: figures.month_of(key, self.month, f"{self.night.seed} {self.account['id']} {turn}") for key in keys
        }
        return {k: {"export": figures.text(pair[0]), "import": figures.text(pair[1])} for k, pair in pairs.items()}


class Colleague(Person):
    """Types in another one's return, in the very records that the other is busy with."""

    def meddle(self, keys: list[list[str]], uploading: threading.Event) -> None:
        self.login()
        versions = versions_on(self.visitor.get("read", self.place))
        for turn, some in enumerate(keys):
            self.pause()
            self.save(self.typed(some, f"beside {turn}"), dict(versions), lambda: not uploading.is_set())


class Reporter(Person):
    """Opens the return, saves drafts, uploads the filled form, takes it over, mends a little, hands up."""

    beside: Colleague | None = None

    def run(self) -> None:
        self.login()
        self.pause()
        page = self.visitor.get("read", self.place)
        versions = versions_on(page)
        names = sorted(versions)
        if not names:
            raise Failed("read: no records on the page")
        keys = [self.visitor.draw.sample(names, ROWS) for _ in range(DRAFTS)]
        uploading, other = threading.Event(), None
        if self.beside is not None:
            other = threading.Thread(
                target=guarded, args=(self.night, self.beside.meddle, keys, uploading), daemon=True
            )
            other.start()
        for turn, some in enumerate(keys):
            self.pause()
            self.save(self.typed(some, turn), versions, lambda: True)
        uploading.set()
        taken = self._upload()
        if self.visitor.draw.random() < 0.4:
            self._mend(taken)
        if other is not None:
            other.join()
        self._hand_up()
        self.night.trays[self.city].put(self.month)

    def _upload(self) -> workbook.Filled:
        for turn in range(AGAIN):
            self.pause()
            form = self.visitor.get("template", f"{self.place}workbook/").body
            if not workbook.is_whole(form):
                raise Failed("template: not an .xlsx")
            seed = f"{self.night.seed} {self.account['id']} file {turn}"
            filled = self.night.office.submit(workbook.fill, form, self.month, seed).result()
            sha256 = hashlib.sha256(filled.content).hexdigest()
            self.visitor.get("upload page", f"{self.place}upload/")
            answer = self.visitor.file("upload", f"{self.place}upload/", f"{self.month}.xlsx", filled.content)
            if answer.status != 302:
                raise Failed(f"upload {answer.status}")
            self.night.ledger.uploaded.append((self.account["id"], self.city, self.month, sha256))
            preview = self.visitor.get("preview", answer.location)
            confirm = f"{answer.location}confirm/"
            shown = preview.hidden(confirm)
            if shown.get("sha256") != sha256:
                raise Failed("preview: another file than the one sent")
            self.pause()
            told = {"sha256": sha256, "version": shown.get("version", "")}
            if 'id="choose"' in preview.text:  # a colleague saved cells of it since the form was downloaded
                told["rest"] = "mine"
            taken = self.visitor.form("confirm", confirm, told)
            if taken.status == 302:
                kept = Imported(self.account["id"], self.city, self.month, sha256, filled)
                self.night.ledger.imported.append(kept)
                return filled
            if taken.status != 409:
                raise Failed(f"confirm {taken.status}")
            self.night.ledger.conflicts["confirm: changed since the preview"] += 1
        raise Failed("confirm: always somebody faster")

    def _mend(self, filled: workbook.Filled) -> None:
        """After the upload two figures are put right; the total stays."""
        versions = versions_on(self.visitor.get("read", self.place))
        first, second = self.visitor.draw.sample(sorted(filled.trade), 2)
        shift = self.visitor.draw.randint(1, 40)
        edits = {
            key: {"export": figures.text(round(float(filled.trade[key]["export"]) * 100) + by)}
            for key, by in ((first, shift), (second, -shift))
        }
        self.pause()
        self.save(edits, versions, lambda: True)

    def _hand_up(self) -> None:
        for _ in range(AGAIN):
            page = self.visitor.get("read", self.place)
            self.pause()
            fields = page.hidden(f"{self.place}hand-up/")
            answer = self.visitor.form("hand up", f"{self.place}hand-up/", {"version": fields.get("version", "")})
            if answer.status == 302:
                self.night.ledger.handed_up.append((self.account["id"], self.city, self.month))
                self.visitor.get("read", answer.location)
                return
            if answer.status != 409:
                break
            self.night.ledger.conflicts["hand up: changed since it was read"] += 1
        raise Failed(f"hand up {answer.status} {_left(page)}")


class Lead(Person):
    """Signs what lies in the tray; a None in it is the last."""

    def run(self) -> None:
        self.login()
        while (month := self.night.trays[self.city].get()) is not None:
            self.month = month
            try:
                self._sign()
            except Failed as failed:
                self.night.ledger.given_up.append(str(failed))

    def _sign(self) -> None:
        for _ in range(AGAIN):
            page = self.visitor.get("read", self.place)
            self.pause()
            fields = page.hidden(f"{self.place}sign/")
            answer = self.visitor.form("sign", f"{self.place}sign/", {"version": fields.get("version", "")})
            if answer.status == 302:
                receipt = re.search(rf"{self.month}-[^\s<>-]+-\d+", self.visitor.get("receipt", answer.location).text)
                told = receipt[0] if receipt else "none on the page"
                self.night.ledger.receipts.append((self.account["id"], self.city, self.month, told))
                return
            if answer.status != 409:
                break
            self.night.ledger.conflicts["sign: changed since it was read"] += 1
        raise Failed(f"sign {answer.status} {_left(page)}")


def versions_on(page: Page) -> dict[str, int]:
    """Record → its version, as the grid of the page shows them."""
    return {key: int(version) for key, version in LINE.findall(page.text)}


def guarded(night: Night, what: Callable[..., None], *arguments: object) -> None:
    """A thread's whole life: who cannot go on is counted, never lost."""
    try:
        what(*arguments)
    except Failed as failed:
        night.ledger.given_up.append(str(failed))
    except Exception as broken:  # a fault of this program is a violation as well
        night.ledger.given_up.append(f"{type(broken).__name__}: {broken}")


def _left(page: Page) -> str:
    found = re.search(r'id="return-left"[^>]*>(.*?)<', page.text, re.DOTALL)
    return found[1].strip()[:80] if found else ""
