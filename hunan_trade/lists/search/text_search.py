"""Search of a list by part of a name or code, or by the pinyin initials of a name.

From one character on. A model with many rows stores its search text in a field that the database computes, and an
index:

    search_text = SearchTextField("name", "code")
    class Meta:
        indexes = [search_index("search_text", name="park_search")]

A list names the fields themselves in its `search`. Those without a stored text are turned into one as they are read,
which is for short lists.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connection, models
from django.db.models import Case, Func, IntegerField, Q, QuerySet, Value, When
from django.db.models.expressions import OrderBy
from django.db.models.functions import Cast

from hunan_trade.text_cleaning import normal_form_for_comparison

LETTER_TEST = "SELECT '蓝' ~ '^[[:alpha:]]$'"
NAME_SEPARATOR, INITIALS_SEPARATOR = "N", "P"  # as search_sql writes them
_COMPUTED = "computed_search_text"


class SearchText(Func):
    """Database function that builds the text in which a record is searched, from fields such as its name and code."""

    function = "lists_search_text"
    output_field = models.TextField()


class NameOrder(Func):
    """Database function that returns a sort key for a name, so that names are ordered by pinyin."""

    function = "lists_name_order"
    output_field = models.TextField()


class _ComputedField(models.GeneratedField):
    """Base of generated model fields that a database function computes from the fields in `sources`.

    That holds whoever writes the row. In a history table stands a plain `history_table_field`, which the trigger copies.
    """

    function: type[Func]

    def __init__(self, *sources: str) -> None:
        self.sources = sources
        super().__init__(expression=self.function(*sources), output_field=models.TextField(), db_persist=True)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, _, _ = super().deconstruct()
        return name or "", path, self.sources, {}


class SearchTextField(_ComputedField):
    function = SearchText

    def history_table_field(self) -> models.TextField[str, str]:
        return SearchTextCopy(*self.sources)


class SearchTextCopy(models.TextField):  # type: ignore[type-arg]
    """Model field of a history table that stores the search text of each version of a record."""

    def __init__(self, *sources: str) -> None:
        self.sources = sources
        super().__init__()

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, _, _ = super().deconstruct()
        return name or "", path, self.sources, {}


class NameOrderField(_ComputedField):
    """Generated model field with the sort key that orders a record's name by pinyin.

    A column uses it as `field(Park, "name", sort=("name_order",))`.
    """

    function = NameOrder

    def history_table_field(self) -> models.TextField[str, str]:
        return models.TextField()


def search_index(field: str, *, name: str) -> GinIndex:
    """Return the trigram index that makes the search in a SearchTextField fast.

    pg_trgm must see letters in 汉字 (a system check).
    """
    return GinIndex(fields=[field], opclasses=["gin_trgm_ops"], name=name)


def filter_by_text(rows: QuerySet[Any], typed: str, *, fields: Sequence[str]) -> QuerySet[Any]:
    """Filter to rows in which a field contains the typed text or has it as pinyin initials; an empty text keeps all."""
    if not (words := normal_form_for_comparison(typed)):
        return rows
    texts, computed = _search_text_fields(rows.model, fields)
    if computed:
        rows = rows.alias(**{_COMPUTED: SearchText(*computed)})
    return rows.filter(_any_field_contains(texts, _search_pattern(words)))


def whole_match_ordering(rows: QuerySet[Any], typed: str, *, fields: Sequence[str]) -> list[OrderBy]:
    """Return an ordering that puts rows whose whole name or code equals the typed text before all others.

    It is constant where no row does, which the index tells at once: then an index in the list's own order gives the
    first page of a frequent word, and not all matching rows are sorted.
    """
    if not (words := normal_form_for_comparison(typed)):
        return []
    texts, _ = _search_text_fields(rows.model, fields)
    whole = _any_field_contains(texts, f"\n{_search_pattern(words)}{len(words)}\n")
    if not rows.filter(whole).exists():
        return [Cast(Value(1), IntegerField()).asc()]  # a bare 1 would name the first column
    return [Case(When(whole, then=Value(0)), default=Value(1), output_field=IntegerField()).asc()]


def _search_text_fields(model: type[models.Model], fields: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the search-text fields in which to search, and those of `fields` whose search text is not stored.

    Of the latter a text is computed within the query.
    """
    every = [field for field in model._meta.get_fields() if isinstance(field, SearchTextField | SearchTextCopy)]
    stored = [field for field in every if set(field.sources) <= set(fields)]
    inside = {source for field in stored for source in field.sources}
    computed = [name for name in fields if name not in inside]
    return [field.name for field in stored] + [_COMPUTED] * bool(computed), computed


def _any_field_contains(texts: Iterable[str], pattern: str) -> Q:
    return reduce(or_, (Q(**{f"{name}__contains": pattern}) for name in texts))


def _search_pattern(words: str) -> str:
    """Return the pattern to find in stored search texts, such as N长N沙N for 长沙 or PcPsP for the initials cs.

    Latin words may be initials.
    """
    separator = INITIALS_SEPARATOR if words.isascii() else NAME_SEPARATOR
    return f"{separator}{separator.join(words)}{separator}"


@register(Tags.database)
def check_database_locale(databases: Collection[str] | None = None, **_: Any) -> list[CheckMessage]:
    """System check that reports an error if the database's locale does not treat 汉字 as letters.

    pg_trgm finds none there. Runs at every start, with `migrate`.
    """
    if not databases:
        return []
    with connection.cursor() as cursor:
        cursor.execute(LETTER_TEST)
        if cursor.fetchone()[0]:
            return []
    hint = "另建一个 LC_CTYPE 为 C.UTF-8 的库，再把数据导进去。"
    return [Error("数据库不认汉字为文字，按名称查找会查不到。", hint=hint, id="lists.E001")]
