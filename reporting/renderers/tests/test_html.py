"""Tests rendered HTML, both for the web page and as a whole file."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

from reporting.renderers import html
from reporting.renderers.tests import sample_documents
from reporting.renderers.tests.rendered_file_readers import without_blanks
from reporting.renderers.text_for_all_formats import all_texts, printed_text


def _words(markup: str) -> str:
    return without_blanks(unescape(re.sub(r"<[^>]*>", "", markup)))


def _tags(markup: str) -> set[str]:
    seen: set[str] = set()
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attrs: seen.update([tag, *(name for name, _ in attrs)])  # type: ignore[method-assign]
    parser.feed(markup)
    return seen


def test_the_page_contains_exactly_the_words_of_the_document() -> None:
    document = sample_documents.sample_bulletin(mark="")

    assert _words(html.render_article(document)) == without_blanks("".join(all_texts(printed_text(document))))


def test_every_figure_links_to_the_address_that_the_page_gives() -> None:
    sheet = html.render_article(
        sample_documents.sample_bulletin(), link=lambda code: f'?figure={code}&x="' if code != "demo.28.68" else None
    )

    assert '<a class="fig" href="?figure=demo.43.9&amp;x=&quot;">43.9%</a>' in sheet
    assert "实现28.68亿美元" in sheet


def test_without_a_link_function_no_figure_is_a_link() -> None:
    assert "<a " not in html.render_article(sample_documents.sample_bulletin())


def test_markup_like_text_becomes_no_element_and_no_attribute() -> None:
    sheet = html.render_article(sample_documents.document_of_hostile_text(), link=lambda code: code)

    assert _tags(sheet) <= {
        "article",
        "p",
        "hr",
        "h1",
        "h2",
        "br",
        "b",
        "div",
        "table",
        "caption",
        "span",
        "thead",
        "tr",
        "th",
        "td",
        "tbody",
        "a",
        "footer",
        "class",
        "scope",
        "href",
    }
    for text in sample_documents.HOSTILE_TEXTS:
        assert without_blanks(text) in _words(sheet)


def test_the_whole_file_fetches_nothing_and_has_no_style_attribute() -> None:
    page = html.render(sample_documents.sample_bulletin()).decode()

    assert page.startswith("<!doctype html>")
    assert "<title>关于2013年1-5月全省承接产业转移和加工贸易情况的通报</title>" in page
    assert not re.search(r"url\(|@import|src=|\bstyle=|<script|https?:", page)
    assert str(html.render_article(sample_documents.sample_bulletin())) in page
