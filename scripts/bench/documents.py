"""Benchmarks of a bulletin's file_formats: .pdf against bare typst; all formats in two processes against one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from decimal import Decimal
from itertools import count, islice
from multiprocessing import get_context
from typing import Any

import django

from reporting import file_formats, kinds
from reporting.document import Document
from reporting.frozen_content import gather_content
from reporting.models import Format
from reporting.renderers import pdf
from reporting.renderers.printed_text import printed_text
from scripts.bench import databases
from scripts.bench.measuring import Case, line
from scripts.bench.rows import MONTH
from scripts.bench.scale import Scale


@line("pdf", "a bulletin as .pdf", database="figures")
def as_pdf(scale: Scale) -> Iterator[Sequence[Case]]:
    another = bulletins()
    document, data = next(another), ""

    def compose() -> None:
        nonlocal document
        document = next(another)

    def prepare() -> None:
        nonlocal data
        compose()
        data = pdf._template_input(printed_text(document))

    yield [
        Case("ours", lambda: pdf.render(document), before=compose),
        Case("typst, warm, data ready", lambda: _typst(data), before=prepare, goal=1.2),
    ]


@line("all-formats", "20 bulletins in all formats, two processes", database="figures")
def all_formats(scale: Scale) -> Iterator[Sequence[Case]]:
    documents = list(islice(bulletins(), scale.rows(20)))
    databases.close()  # the children must not share the connection
    with ProcessPoolExecutor(2, mp_context=get_context("spawn"), initializer=django.setup) as pool:
        yield [
            Case("ours", lambda: list(pool.map(_all_formats, documents)), runs=2),
            Case("one process", lambda: list(map(_all_formats, documents)), goal=0.56, runs=2),
        ]


def bulletins() -> Iterator[Document]:
    """Compose one after the other, every figure another one each time: typst is faster at what it has set before."""
    kind = kinds.get("monthly-bulletin")
    content = gather_content(kind, MONTH)
    for place in count():
        figures = {code: _scaled(entry, place) for code, entry in content["figures"].items()}
        yield kind.compose({**content, "figures": figures})


def _scaled(entry: dict[str, Any], place: int) -> dict[str, Any]:
    return {**entry, "amount": entry["amount"] and str(Decimal(entry["amount"]) * (1 + Decimal(place) / 97))}


def _typst(data: str) -> object:
    return pdf._compiler().compile_with_warnings(
        pdf._TEMPLATE, format="pdf", sys_inputs={"document": data}, timestamp=0
    )


def _all_formats(document: Document) -> int:
    return sum(len(file_formats.render(document, format_)) for format_ in Format.values)
