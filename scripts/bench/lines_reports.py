"""A bulletin: its figures from the database, and its files."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from decimal import Decimal
from itertools import count, islice
from multiprocessing import get_context
from typing import Any

import django
from django.db import connection
from django.db.models import Sum

from enterprises import queries as enterprises
from enterprises.models import ProcessingTrade
from hunan_trade.indicators import queries as observations
from hunan_trade.regions.models import Region
from reporting import files, kinds
from reporting.document import Document
from reporting.freezing import gathered
from reporting.models import Format
from reporting.renderers import docx, pdf, xlsx
from scripts.bench import peers_reports
from scripts.bench.firms import MONTH
from scripts.bench.measuring import Case, Scale, line

BULLETIN = "monthly-bulletin"


def _round_trip() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()


def _naive() -> list[Decimal]:
    """Each city's month, year to date and both a year ago, asked of the facts one by one."""
    spans = [(MONTH, MONTH), (MONTH.to_date[0], MONTH)]
    spans += [(first.year_ago, last.year_ago) for first, last in spans]
    return [
        ProcessingTrade.objects.of_city(city.code)
        .between(first, last)
        .aggregate(exports=Sum("export_usd"), imports=Sum("import_usd"))["exports"]
        for city in Region.objects.cities()
        for first, last in spans
    ]


def _figures() -> Iterator[Sequence[Case]]:
    kind = kinds.get(BULLETIN)
    yield [
        Case("select 1", _round_trip, times=200),
        Case("ours", lambda: gathered(kind, MONTH)),
        Case("ORM, sum by sum (of one indicator)", _naive, runs=1),
    ]


@line("figures", "all figures of a bulletin, 20,000 enterprises × 60 months", world="facts", goal=3)
def figures(scale: Scale) -> Iterator[Sequence[Case]]:
    yield from _figures()


def _accept() -> None:
    """Leaves the marks of an acceptance: what a process keeps of observations and facts no longer stands."""
    with connection.cursor() as cursor:
        for marks in (*observations.MARKS, *enterprises.MARKS):
            cursor.execute(f"UPDATE {marks} SET mark = mark + 1")


@line("figures-anew", "the same after an acceptance, when nothing that is kept stands", world="facts", goal=3)
def figures_anew(scale: Scale) -> Iterator[Sequence[Case]]:
    kind = kinds.get(BULLETIN)
    yield [
        Case("select 1", _round_trip, times=200),
        Case("ours", lambda: gathered(kind, MONTH), before=_accept),
    ]


@line("figures-tenfold", "the same with ten times the enterprises", world="facts-tenfold", goal=3 * 1.3, turns=3)
def figures_tenfold(scale: Scale) -> Iterator[Sequence[Case]]:
    yield from _figures()


def bulletin() -> Document:
    return next(bulletins())


def bulletins() -> Iterator[Document]:
    """One after the other, every figure of each another one: no month is like another, and typst sets again in a
    seventh of the time what it has set before."""
    kind = kinds.get(BULLETIN)
    content = gathered(kind, MONTH)
    for place in count():
        figures = {code: _shifted(entry, place) for code, entry in content["figures"].items()}
        yield kind.compose({**content, "figures": figures})


def _shifted(entry: dict[str, Any], place: int) -> dict[str, Any]:
    return {**entry, "amount": entry["amount"] and str(Decimal(entry["amount"]) * (1 + Decimal(place) / 97))}


def _zipped(parts: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def _parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@line("docx", "a bulletin as .docx", world="facts", goal=1.5)
def as_docx(scale: Scale) -> Iterator[Sequence[Case]]:
    document = bulletin()
    ready = _parts(docx.render(document))
    yield [
        Case("zipping ready XML", lambda: _zipped(ready), times=5),
        Case("ours", lambda: docx.render(document), times=3),
        Case("python-docx", lambda: peers_reports.python_docx(document), runs=2),
    ]


@line("xlsx", "a bulletin as .xlsx", world="facts")
def as_xlsx(scale: Scale) -> Iterator[Sequence[Case]]:
    document = bulletin()
    ready = _parts(xlsx.render(document))
    yield [
        Case("zipping ready XML", lambda: _zipped(ready), times=5),
        Case("ours", lambda: xlsx.render(document), times=3),
    ]


@line("pdf", "a bulletin as .pdf", world="facts", goal=1.1)
def as_pdf(scale: Scale) -> Iterator[Sequence[Case]]:
    months = bulletins()
    pdf.render(next(months))
    ready = [peers_reports.WarmTypst(next(months))]
    documents = [next(months)]

    def another_ready() -> None:
        ready[:] = [peers_reports.WarmTypst(next(months))]

    def another() -> None:
        documents[:] = [next(months)]

    yield [
        Case("typst, warm", lambda: ready[0].compile(), before=another_ready),
        Case("ours", lambda: pdf.render(documents[0]), before=another),
        Case("WeasyPrint", lambda: peers_reports.weasyprint(documents[0]), runs=2),
    ]


def _all_formats(document: Document) -> int:
    return sum(len(files.render(document, format_)) for format_ in Format.values)


@line(
    "all-formats", "20 bulletins in all formats: two processes in the time of one", world="facts", goal=1 / 1.8, turns=1
)
def all_formats(scale: Scale) -> Iterator[Sequence[Case]]:
    documents = list(islice(bulletins(), scale.rows(20)))
    connection.close()  # the children must not share it
    with ProcessPoolExecutor(2, mp_context=get_context("spawn"), initializer=django.setup) as pool:
        yield [
            Case("one process", lambda: list(map(_all_formats, documents))),
            Case("ours", lambda: list(pool.map(_all_formats, documents))),
        ]
