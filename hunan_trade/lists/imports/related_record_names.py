"""Functions that list the names by which spreadsheet cells may refer to other records.

Regions, source places and industries have all their usual names.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db import models

from hunan_trade.accounts.models import User
from hunan_trade.industries.models import Industry
from hunan_trade.industries.queries import industries, section_letter_by_industry
from hunan_trade.lists.columns import Column
from hunan_trade.lists.form_choice_limits import allowed_choices
from hunan_trade.lists.imports.cell_readers import NamedRecord
from hunan_trade.lists.imports.row_parsing import RelatedNames
from hunan_trade.regions.models import PROVINCE, Region, SourcePlace
from hunan_trade.text_cleaning import normal_form_for_comparison

_SUFFIX = re.compile(r"(土家族苗族自治州|(苗族侗族|侗族|苗族|瑶族)?自治县|自治州|地区|省|市|县|区)$")
_PROVINCE_NAMES = ("湖南省", "湖南")
_INDUSTRY_ENDINGS = ("制造业", "制造", "业")


def related_names(model: type[models.Model], columns: Sequence[Column], user: User) -> RelatedNames:
    """Return, for each foreign key column, a dict from names that its cells may hold to the records they mean.

    Only records that the user may see and the field allows are there; one query for each field.
    """
    found: dict[str, Mapping[str, tuple[NamedRecord, ...]]] = {}
    for column in columns:
        field: Any = model._meta.get_field(column.key)
        if not field.is_relation:
            continue
        target = field.related_model
        rows = target._default_manager.complex_filter(field.get_limit_choices_to())
        if hasattr(rows, "visible_to"):
            rows = rows.visible_to(user)
        else:
            rows = rows.filter(allowed_choices(target, user))
        names = _NAMES.get(target)
        found[column.key] = record_names(rows) if names is None else names(rows.select_related("parent"))
    return found


def record_names(records: Iterable[Any]) -> dict[str, tuple[NamedRecord, ...]]:
    """Return a dict from each normalised name, title, code or other spelling to the records that have it."""
    found: defaultdict[str, list[NamedRecord]] = defaultdict(list)
    for record in records:
        code = getattr(record, "code", "") or ""
        titles = (str(record), getattr(record, "name", ""), getattr(record, "title", ""), code)
        names = (*titles, *getattr(record, "spellings", ()))
        candidate = NamedRecord(record.pk, f"{record}（{code}）" if code else str(record))
        for name in set(map(normal_form_for_comparison, names)) - {""}:
            found[name].append(candidate)
    return {name: tuple(candidates) for name, candidates in found.items()}


def region_names(regions: Iterable[Region]) -> dict[str, tuple[NamedRecord, ...]]:
    """Return a dict from each normalised name or code of a region to the regions that it may mean.

    Names are full or short, with or without the city before them. A short name that a city shares with a county below
    it, such as 衡阳, is the city's; where the city is none of the regions, as in a column of counties, the name has both.
    """
    regions = sorted(regions, key=lambda region: region.level not in ("province", "city"))
    known = {region.pk for region in regions}
    full: defaultdict[str, dict[str, NamedRecord]] = defaultdict(dict)
    short: defaultdict[str, dict[str, NamedRecord]] = defaultdict(dict)
    for region in regions:
        candidate = NamedRecord(region.pk, _label(region))
        for name in _prefixed(region, {region.code, region.name, region.short_name}):
            full[name][region.pk] = candidate
        for name in _prefixed(region, _names_without_suffix(region)):
            if region.level in ("province", "city") or not any(_is_city(key) for key in short[name]):
                short[name][region.pk] = candidate
        if region.parent_id not in known and region.pk != PROVINCE:
            city = _parent(region)
            for name in map(normal_form_for_comparison, _names_without_suffix(city) & _names_without_suffix(region)):
                short[name][city.pk] = NamedRecord(city.pk, _label(city))
    return {name: candidates for name, candidates in {**_as_tuples(short), **_as_tuples(full)}.items() if candidates}


def place_names(places: Iterable[SourcePlace]) -> dict[str, tuple[NamedRecord, ...]]:
    """Return a dict from each normalised name or code of a source place to the places that it may mean.

    Names are full or short, with or without 中国 before those of China, and the province before those of cities.
    """
    found: defaultdict[str, dict[str, NamedRecord]] = defaultdict(dict)
    for place in places:
        names = {place.code, place.name, place.short_name}
        if place.parent is not None:
            names |= {before + name for before in (place.parent.name, place.parent.short_name) for name in names}
        if place.kind != SourcePlace.Kind.COUNTRY:
            names |= {f"中国{name}" for name in names}
        for name in map(normal_form_for_comparison, names):
            found[name][place.pk] = NamedRecord(place.pk, place.name)
    return _as_tuples(found)


def industry_names(classification: Iterable[Industry]) -> dict[str, tuple[NamedRecord, ...]]:
    """Return a dict from each normalised name or code of an industry to the industries that it may mean.

    The code may have the letter of the section before it and the name behind it (391, C391, 391 计算机制造). A name that
    an industry has in common with the only one below it, such as 房地产业, is that of the lower one. A short name lacks the
    制造业 or 业 at the end; one that several industries have is that of each.
    """
    sections = section_letter_by_industry(industries())
    full: defaultdict[str, dict[str, NamedRecord]] = defaultdict(dict)
    short: defaultdict[str, dict[str, NamedRecord]] = defaultdict(dict)
    for industry in sorted(classification, key=lambda each: len(each.code)):
        candidate = NamedRecord(industry.pk, f"{industry.name}（{industry.code}）")
        codes = {industry.code, sections[industry.code] + industry.code} if industry.parent_id else {industry.code}
        for name in (*codes, *(code + industry.name for code in codes)):
            full[normal_form_for_comparison(name)][industry.pk] = candidate
        for name in _with_and_without_enumeration_comma(industry.name):
            full[name].pop(industry.parent_id or "", None)
            full[name][industry.pk] = candidate
        for ending in _INDUSTRY_ENDINGS:
            stem = industry.name.removesuffix(ending)
            for name in _with_and_without_enumeration_comma(stem) if 1 < len(stem) < len(industry.name) else ():
                short[name][industry.pk] = candidate
    return {**_as_tuples(short), **_as_tuples(full)}


def _with_and_without_enumeration_comma(name: str) -> set[str]:
    """Return the normalised name in two forms, with and without the sign 、."""
    return {normal_form_for_comparison(name), normal_form_for_comparison(name.replace("、", ""))}


def _as_tuples(found: Mapping[str, Mapping[str, NamedRecord]]) -> dict[str, tuple[NamedRecord, ...]]:
    return {name: tuple(candidates.values()) for name, candidates in found.items()}


_NAMES: Mapping[type[models.Model], Callable[[Any], dict[str, tuple[NamedRecord, ...]]]] = {
    Region: region_names,
    SourcePlace: place_names,
    Industry: industry_names,
}


def _label(region: Region) -> str:
    """Return the region's name, for a county with its city's name before it, such as 长沙市宁乡县."""
    return region.name if region.level in ("province", "city") else f"{_parent(region).name}{region.name}"


def _is_city(code: str) -> bool:
    return code.endswith("00")


def _names_without_suffix(region: Region) -> set[str]:
    """Return the short names of the region, such as 长沙 for 长沙市 and 江华县 for 江华瑶族自治县.

    An autonomous prefecture also has one such as 湘西州, an autonomous county such as 江华县. A name of one character is
    left out.
    """
    stem = _SUFFIX.sub("", region.name)
    stems = {stem} if len(stem) > 1 else set()
    endings = {"自治州": ("州",), "自治县": ("县", "自治县")}.get(region.name[-3:], ())
    return stems | {stem + ending for ending in endings}


def _prefixed(region: Region, names: set[str]) -> Iterator[str]:
    """Yield each of a region's names normalised, alone and with province or city names before it.

    The city's are for counties.
    """
    before = [""]
    if region.pk != PROVINCE:
        before += _PROVINCE_NAMES
    if region.level not in ("province", "city"):
        city = _parent(region)
        cities = {city.name, city.short_name, *_names_without_suffix(city)}
        before += [*cities, *(province + name for province in _PROVINCE_NAMES for name in cities)]
    for prefix in before:
        for name in names:
            yield normal_form_for_comparison(prefix + name)


def _parent(region: Region) -> Region:
    assert region.parent is not None  # which the database holds for every region but the province
    return region.parent
