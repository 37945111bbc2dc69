"""The write path: a workbook read, checked, stored, sent and accepted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

import fastexcel
from django.db import connection, transaction
from django.test import override_settings

from enterprises.intake import PROCESSING_TRADE
from enterprises.models import Enterprise, Mode, ProcessingTrade
from hunan_trade.intake import datasets, sheets
from hunan_trade.intake.actions import deciding, filling, sending
from hunan_trade.intake.checking import check
from hunan_trade.intake.copying import upsert
from hunan_trade.intake.models import Return, Round, Row, Status, Upload
from hunan_trade.workbooks import reader
from scripts.bench import firms, peers_intake
from scripts.bench.measuring import Case, Scale, line

WIDE = replace(  # twelve columns: the form's nine and three more amounts
    PROCESSING_TRADE,
    columns=(
        *PROCESSING_TRADE.columns,
        *(replace(PROCESSING_TRADE.column("ytd"), key=f"more_{n}", title=f"其他金额{n}") for n in (1, 2, 3)),
    ),
)


def fastexcel_alone(data: bytes) -> None:
    """All sheets, every cell as text: what no reader of ours can do without."""
    book = fastexcel.read_excel(data)
    for at in range(len(book.sheet_names)):
        book.load_sheet(at, header_row=None, dtypes="string")


@line("read-check", "read and check 100,000 × 12", world="returns", goal=1.15)
def read_and_check(scale: Scale) -> Iterator[Sequence[Case]]:
    form = firms.filled(firms.LARGE)
    with _wide_alone():
        texts = {WIDE.code: {key: {**typed, **_more(typed)} for key, typed in form.texts[WIDE.code].items()}}
        data = replace(form, texts=texts).workbook(version=1, demo=True)

        def ours() -> None:
            checked = check(sheets.from_workbook(reader.read(data), form), form.known, form.month)
            assert not checked.blocking, checked.blocking[:3]

        yield [
            Case("fastexcel", lambda: fastexcel_alone(data)),
            Case("ours", ours),
            Case("openpyxl, no checks", lambda: peers_intake.openpyxl_rows(data), runs=1),
        ]


def _more(typed: Any) -> dict[str, str]:
    return {f"more_{n}": typed["export"] for n in (1, 2, 3)}


@contextmanager
def _wide_alone() -> Iterator[None]:
    """For the block a return has this one sheet."""
    with override_settings(DATASETS=[f"{__name__}.WIDE"]):
        datasets.every.cache_clear()
        yield
    datasets.every.cache_clear()


def _into_database(region: str, scale: Scale) -> Iterator[Sequence[Case]]:
    data, people, return_ = firms.workbook(region), firms.staff(region), firms.return_of(region)
    peers = peers_intake.Tables()
    few = scale.rows(firms.SIZES[region]) <= 10_000
    yield [
        Case("fastexcel", lambda: fastexcel_alone(data)),
        Case("ours", lambda: _taken_over(return_, data, people.reporter), before=lambda: _emptied(return_)),
        Case("openpyxl + bulk_create", lambda: peers_intake.bulk_created(data), before=peers.emptied, runs=1),
        *([Case("import-export", lambda: peers_intake.imported(data), before=peers.emptied, runs=1)] if few else []),
    ]
    peers.dropped()


@line("into-database-10k", "workbook → checked → PostgreSQL, 10,000", world="returns", goal=3)
def into_database_10k(scale: Scale) -> Iterator[Sequence[Case]]:
    yield from _into_database(firms.SMALL, scale)


@line("into-database-100k", "workbook → checked → PostgreSQL, 100,000", world="returns", goal=3, turns=3)
def into_database_100k(scale: Scale) -> Iterator[Sequence[Case]]:
    yield from _into_database(firms.LARGE, scale)


def _taken_over(return_: Return, data: bytes, by: Any) -> None:
    """What the reporter does: upload, look at the preview, confirm."""
    received = filling.receive(return_.pk, data, "月报.xlsx", by=by)
    assert not received.upload.blocking, received.checked.blocking[:3]
    filling.confirm(received.upload.pk, received.upload.file_id, by=by)


def _emptied(return_: Return) -> None:
    Row.objects.filter(return_ref=return_).delete()
    Upload.objects.filter(return_ref=return_).delete()
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM {Row._meta.db_table}")


@line("same-file", "the same workbook again, in the time of its first", world="returns", goal=0.35, turns=3)
def same_file(scale: Scale) -> Iterator[Sequence[Case]]:
    region = firms.LARGE
    data, people, return_ = firms.workbook(region), firms.staff(region), firms.return_of(region)
    yield [
        Case("first", lambda: _taken_over(return_, data, people.reporter), before=lambda: _emptied(return_)),
        Case("ours", lambda: _taken_over(return_, data, people.reporter)),
    ]


def _version(return_: Return) -> int:
    return Return.objects.values_list("version", flat=True).get(pk=return_.pk)


@line("sign", "sign 100,000 rows: check, canonical workbook, round", world="signed", turns=3)
def signing(scale: Scale) -> Iterator[Sequence[Case]]:
    region = firms.LARGE
    people, return_ = firms.staff(region), firms.return_of(region)
    data = firms.workbook(region)
    _taken_over(return_, data, people.reporter)
    sending.hand_up(return_.pk, by=people.reporter, version=_version(return_))

    def undone(deed: Callable[[], object]) -> None:
        """In a transaction that is taken back, so that every turn finds the same state."""
        with transaction.atomic():
            deed()
            transaction.set_rollback(True)

    def sign() -> object:
        return sending.sign(return_.pk, by=people.lead, version=_version(return_))

    yield [Case("fastexcel", lambda: fastexcel_alone(data)), Case("ours", lambda: undone(sign))]


@line("accept", "accept 100,000 rows: check, facts, observations", world="signed", turns=3)
def accepting(scale: Scale) -> Iterator[Sequence[Case]]:
    region = firms.LARGE
    data, people = firms.workbook(region), firms.staff(region)
    with _sent(region) as round_:

        def accept() -> None:
            with transaction.atomic():
                deciding.accept(round_.return_ref_id, by=people.officer, shown=round_.digest)
                transaction.set_rollback(True)

        yield [Case("fastexcel", lambda: fastexcel_alone(data)), Case("ours", accept, before=_vacuumed)]


def _facts(region: str, round_: Round, shift: int) -> list[tuple[object, ...]]:
    ids = Enterprise.objects.of_city(region).order_by("customs_code").values_list("pk", flat=True)
    month, mode = firms.MONTH.first, Mode.PURCHASED.value
    return [
        (pk, month, mode, Decimal(exports) * 10_000, Decimal(imports) * 10_000, round_.pk, at + 4)
        for at, pk in enumerate(ids)
        for exports, imports in [firms.figures(at, shift)]
    ]


_KEY = ["enterprise", "month", "mode"]
_FIELDS = ["export_usd", "import_usd", "round", "row_number"]


def _columns(rows: list[tuple[object, ...]]) -> dict[str, tuple[object, ...]]:
    """As the acceptance has them before it stores them."""
    return dict(zip((*_KEY, *_FIELDS), zip(*rows, strict=True), strict=True))


def _stored(columns: Mapping[str, Sequence[object]]) -> None:
    varying = {name: values for name, values in columns.items() if name not in ("month", "round")}
    same = {name: columns[name][0] for name in ("month", "round")}
    with transaction.atomic():
        upsert(ProcessingTrade, _KEY, varying, fixed=same, unless_same=_FIELDS[:2])


@contextmanager
def _sent(region: str) -> Iterator[Round]:
    """The round of a return that is filled, signed and waits for its review; without facts before and after."""
    people, return_ = firms.staff(region), firms.return_of(region)
    if not return_.rounds.exists():
        if return_.status == Status.FILLING:
            _taken_over(return_, firms.workbook(region), people.reporter)
            sending.hand_up(return_.pk, by=people.reporter, version=_version(return_))
        sending.sign(return_.pk, by=people.lead, version=_version(return_))
    yield return_.rounds.get()
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {ProcessingTrade._meta.db_table}")


@line("upsert", "upsert of 100,000 facts, all there and all changed", world="upserts", goal=3.5)
def upsert_all_exist(scale: Scale) -> Iterator[Sequence[Case]]:
    with _sent(firms.LARGE) as round_:
        versions = [_facts(firms.LARGE, round_, shift) for shift in (1, 2)]
        columns = [_columns(rows) for rows in versions]
        _stored(columns[0])
        _vacuumed()
        unlogged = peers_intake.Unlogged()
        turn = iter(range(1_000))
        yield [
            Case("COPY, unlogged", lambda: unlogged.copy(versions[0]), before=unlogged.emptied),
            Case("ours", lambda: _stored(columns[next(turn) % 2 - 1]), before=_vacuumed),
            Case(
                "bulk_create", lambda: peers_intake.bulk_upserted(versions[next(turn) % 2 - 1], _KEY, _FIELDS), runs=2
            ),
            Case(
                "update_or_create (of a tenth, × 10)",
                lambda: peers_intake.one_by_one(versions[next(turn) % 2 - 1][::10], _KEY, _FIELDS),
                runs=1,
            ),
        ]
        unlogged.dropped()


@line("upsert-same", "the same 100,000 facts again, in the time of an upsert", world="upserts", goal=0.35)
def upsert_same(scale: Scale) -> Iterator[Sequence[Case]]:
    with _sent(firms.LARGE) as round_:
        versions = [_columns(_facts(firms.LARGE, round_, shift)) for shift in (1, 2)]
        _stored(versions[0])
        turn = iter(range(1_000))
        held = versions[0]

        def changed() -> None:
            nonlocal held
            held = versions[next(turn) % 2 - 1]
            _stored(held)

        yield [Case("upsert", changed, before=_vacuumed), Case("ours", lambda: _stored(held))]


def _vacuumed() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM {ProcessingTrade._meta.db_table}")
