"""Benchmarks of rendering a bulletin as .pdf and in all file formats."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from decimal import Decimal
from itertools import count, islice
from multiprocessing import get_context
from typing import Any

import django

from reporting import file_rendering, kinds
from reporting.content_gathering_and_hashing import gather_content
from reporting.document_parts import Document
from reporting.models import Format
from reporting.renderers import pdf
from reporting.renderers.text_for_all_formats import printed_text
from scripts.bench import databases
from scripts.bench.benchmark_data import MONTH
from scripts.bench.scale_factor import Scale
from scripts.bench.timing import Case, benchmark


@benchmark("pdf", "a bulletin as .pdf", database="figures")
def render_pdf(scale: Scale) -> Iterator[Sequence[Case]]:
    documents = composed_bulletins()
    document, data = next(documents), ""

    def compose() -> None:
        nonlocal document
        document = next(documents)

    def prepare() -> None:
        nonlocal data
        compose()
        data = pdf._template_input(printed_text(document))

    yield [
        Case("ours", lambda: pdf.render(document), before=compose),
        Case("typst, warm, data ready", lambda: _compile_with_typst(data), before=prepare, goal=1.2),
    ]


@benchmark("all-formats", "20 bulletins in all formats, two processes", database="figures")
def render_all_formats(scale: Scale) -> Iterator[Sequence[Case]]:
    bulletins = list(islice(composed_bulletins(), scale.row_count(20)))
    databases.close_connections()  # the children must not share the connection
    with ProcessPoolExecutor(2, mp_context=get_context("spawn"), initializer=django.setup) as pool:
        yield [
            # Both run once before they are timed: starting two processes is not what a worker does for each bulletin.
            Case("ours", lambda: list(pool.map(_size_of_all_formats, bulletins))),
            Case("one process", lambda: list(map(_size_of_all_formats, bulletins)), goal=0.56),
        ]


def composed_bulletins() -> Iterator[Document]:
    """Yield any number of bulletins with different figures, so that typst cannot cache its work."""
    kind = kinds.get("monthly-bulletin")
    content = gather_content(kind, MONTH)
    for place in count():
        figures = {code: _scaled_figure(entry, place) for code, entry in content["figures"].items()}
        yield kind.compose({**content, "figures": figures})


def _scaled_figure(entry: dict[str, Any], place: int) -> dict[str, Any]:
    return {**entry, "amount": entry["amount"] and str(Decimal(entry["amount"]) * (1 + Decimal(place) / 97))}


def _compile_with_typst(data: str) -> object:
    return pdf._compiler().compile_with_warnings(
        pdf._TEMPLATE, format="pdf", sys_inputs={"document": data}, timestamp=0
    )


def _size_of_all_formats(document: Document) -> int:
    return sum(len(file_rendering.render(document, format_)) for format_ in Format.values)
