"""Benchmarks of the search in 100,000 names, compared with `icontains` of Django's ORM.

Both read the first page of the enterprises in the list's order, with whole names and codes first and without a count.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from django.db.models import Case as OrderCase
from django.db.models import Q, Value, When
from django.http import QueryDict
from django.utils.http import urlencode

from enterprises.models import Enterprise
from enterprises.tables import ENTERPRISES
from hunan_trade.accounts.models import User
from hunan_trade.lists.list_query import ListQuery
from scripts.bench import benchmark_data
from scripts.bench.scale_factor import Scale
from scripts.bench.timing import Benchmark, Case, benchmark


def _search_benchmark(name: str, words: str, *, goal: float = 0.2) -> Benchmark:
    def cases(scale: Scale) -> Iterator[Sequence[Case]]:
        officer = benchmark_data.province_officer()
        yield [
            Case("ours", partial(_read_page, words, officer), times=5),
            Case("icontains", partial(_read_page_by_icontains, words), goal=goal),
        ]

    return benchmark(name, f"search {words} in 100,000 names", database="enterprises")(cases)


def _read_page(words: str, user: User) -> None:
    query = ListQuery(ENTERPRISES, user, QueryDict(urlencode({"q": words})))
    list(query.rows[: ENTERPRISES.page_size + 1])


def _read_page_by_icontains(words: str) -> None:
    whole = When(Q(name__iexact=words) | Q(customs_code__iexact=words), then=Value(0))
    rows = Enterprise.objects.select_related("region", "county")
    found = rows.filter(Q(name__icontains=words) | Q(customs_code__icontains=words))
    list(found.order_by(OrderCase(whole, default=Value(1)), "customs_code", "pk")[: ENTERPRISES.page_size + 1])


one_character = _search_benchmark("search-one", "华", goal=1.0)
one_frequent_character = _search_benchmark("search-one-frequent", "司", goal=1.0)
one_letter = _search_benchmark("search-one-letter", "g", goal=1.0)
two_characters = _search_benchmark("search-two", "华兴")
two_frequent_characters = _search_benchmark("search-two-frequent", "公司")
three_characters = _search_benchmark("search-three", "华兴达")
frequent_word = _search_benchmark("search-frequent", "有限公司")
place = _search_benchmark("search-place", "长沙")
initials = _search_benchmark("search-initials", "hxdz")
frequent_initials = _search_benchmark("search-initials-frequent", "yxgs")
