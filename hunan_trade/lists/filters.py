"""Filters for lists, each with a description in words of the records that it selects.

A value that cannot be read is refused in words, too.
name=a&name=b  name_not=on            any of several choices, or none of them; 空 is a choice where values may lack
name=430400  name=own                 a region with all below it; 本市 of whoever looks
name=C  name=39                       an industry with all below it
name=440000  name=pearl-delta         a source place with all below it; the places of a region of the work plan
name_after=2013-01-01  name_before=   days from and to, both included; name_in=this_month is 本月 whenever it is read
name_min=300  name_max=               amounts in 万 (or the filter's own unit), both included
name=yes  name=no                     有, 无: blank text and null are one
name=me                               records of which the reader is in charge
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import django_filters
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, QuerySet
from django.utils.functional import SimpleLazyObject

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.industries.models import Industry
from hunan_trade.industries.queries import industries
from hunan_trade.lists import filter_fields as fields
from hunan_trade.lists.filter_fields import ChosenCodes, DayRange, NumberRange
from hunan_trade.regions.models import Region, SourcePlace
from hunan_trade.regions.queries import cities, source_places

Choices = Iterable[tuple[str, str]]
BLANK, OWN, ME = "blank", "own", "me"


class ListFilter(django_filters.Filter):
    """Base class of the filters of a list's records; a filter reads one or several URL parameters.

    `suffixes` are what its parameters have behind its name. `see` is a permission without which the filter does not
    exist; a filter on a field that a column shows also asks for that column's.
    """

    suffixes: tuple[str, ...] = ("",)
    repeated = False  # whether the parameter with the bare name may stand more than once

    def __init__(self, *args: Any, see: Permission | None = None, **extra: Any) -> None:
        self.see = see
        super().__init__(*args, **extra)

    @property
    def user(self) -> User:
        user: User = self.parent.user
        return user

    def filter(self, rows: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return rows.filter(self.condition(value)) if value else rows

    def condition(self, value: Any) -> Q:
        """Return the query condition for the records that match the filter's value."""
        raise NotImplementedError

    def describe(self, value: Any) -> str:
        """Return the filter's value in Chinese words, such as 300 至 500 万美元."""
        raise NotImplementedError

    def parameters(self, name: str) -> list[str]:
        """Return the names of the filter's URL parameters, such as area_min and area_max."""
        return [f"{name}_{suffix}" if suffix else name for suffix in self.suffixes]


class SearchFilter(ListFilter):
    """Filter by part of a name or code, or by pinyin initials, in the fields that the list searches."""

    field_class = fields.SearchField
    whole_match_first = True  # before the list's own order

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        found: QuerySet[Any] = self.parent.search(rows, value)
        return found

    def describe(self, value: str) -> str:
        return f"“{value}”"


class ChoicesFilter(ListFilter):
    """Filter for records that have one of the chosen values or, if excluded, none of them.

    `may_be_blank` offers 空, too. The choices are those of the model's field unless others are given. A record with
    several codes (an array) is let through by any of them.
    """

    suffixes = ("", "not")
    repeated = True
    field_class = fields.ChoicesField

    def __init__(
        self, *args: Any, choices: Choices | Callable[[], Choices] = (), may_be_blank: bool = False, **extra: Any
    ) -> None:
        self._choices, self._may_be_blank = choices, may_be_blank
        super().__init__(*args, **extra)

    @property
    def field(self) -> Any:
        if not hasattr(self, "_field"):
            titles: Any = SimpleLazyObject(self.choices)  # read where the filter is drawn or has a value
            self.extra |= {"labels": titles, "boxes": lambda: self.checkbox_choices(titles)}
        return super().field

    def choices(self) -> dict[str, str]:
        """Return a dict from the code of each choice to its title."""
        offered = dict(self._choices() if callable(self._choices) else self._choices or self._model_choices())
        return offered | {BLANK: "空"} if self._may_be_blank else offered

    def checkbox_choices(self, titles: Mapping[str, str]) -> fields.Boxes:
        """Return the choices that the page shows as checkboxes, some of them collapsed under titles.

        `titles` are those of all choices; an address may name the others, too.
        """
        return list(titles.items())

    def _model_choices(self) -> Choices:
        field = _model_field(self.model, self.field_name)
        choices: Choices = getattr(field, "base_field", field).choices or ()
        return choices

    def condition(self, value: ChosenCodes) -> Q:
        codes = [code for code in value.codes if code != BLANK]
        condition = self.any_of(codes) if codes else Q()
        if BLANK in value.codes:
            condition |= blank_condition(self.model, self.field_name)
        return ~condition if value.excluded else condition

    def any_of(self, codes: Sequence[str]) -> Q:
        lookup = "overlap" if isinstance(_model_field(self.model, self.field_name), ArrayField) else "in"
        return Q(**{f"{self.field_name}__{lookup}": codes})

    def describe(self, value: ChosenCodes) -> str:
        return ("不是" if value.excluded else "") + "、".join(self.field.labels[code] for code in value.codes)


class TreeFilter(ChoicesFilter):
    """Base of filters by nodes of a tree of up to three levels; choosing a node also selects all nodes below it."""

    tree: type[models.Model]

    def any_of(self, codes: Sequence[str]) -> Q:
        return Q(
            **{
                f"{self.field_name}__in": self.tree._default_manager.filter(self.nodes_with_descendants(codes)).values(
                    "pk"
                )
            }
        )

    def nodes_with_descendants(self, codes: Sequence[str]) -> Q:
        """Return the query condition for the nodes with these codes and all nodes below them in the tree."""
        return Q(pk__in=codes) | Q(parent__in=codes) | Q(parent__parent__in=codes)


class RegionFilter(TreeFilter):
    """Filter by regions, each including the regions below it.

    Accounts of a city can choose 本市.
    """

    tree = Region

    def __init__(self, *args: Any, choices: Choices | Callable[[], Choices] = (), **extra: Any) -> None:
        super().__init__(*args, choices=choices or _city_choices, **extra)

    def choices(self) -> dict[str, str]:
        own = {OWN: "本市"} if self.user.is_city else {}
        return own | super().choices()

    def any_of(self, codes: Sequence[str]) -> Q:
        own = self.user.region_id or ""
        codes = [own if code == OWN else code for code in codes]
        if _model_field(self.model, self.field_name).get_limit_choices_to() == {"level": "city"}:
            # Nothing below a city is stored there. A subquery would keep the database from reading in the list's order.
            return Q(**{f"{self.field_name}__in": codes})
        return super().any_of(codes)


def _city_choices() -> Choices:
    return [(city.code, city.name) for city in cities()]


class IndustryFilter(TreeFilter):
    """Filter by industries, each including the industries below it.

    The page offers sections and divisions; an address may name groups, too.
    """

    tree = Industry

    def __init__(self, *args: Any, **extra: Any) -> None:
        super().__init__(*args, choices=lambda: [(each.code, str(each)) for each in industries()], **extra)

    def checkbox_choices(self, titles: Mapping[str, str]) -> fields.Boxes:
        sections: dict[str, list[tuple[str, str]]] = {}
        for code, title in titles.items():
            if len(code) == 1:
                section = sections.setdefault(title, [])
            if len(code) < 3:
                section.append((code, title))
        return [*_blank_choice(titles), *sections.items()]


class SourcePlaceFilter(TreeFilter):
    """Filter by the country, province or city that projects come from, or by a region of the work plan.

    A province includes its cities.
    """

    tree = SourcePlace

    def __init__(self, *args: Any, **extra: Any) -> None:
        super().__init__(*args, choices=_source_choices, **extra)

    def nodes_with_descendants(self, codes: Sequence[str]) -> Q:
        return super().nodes_with_descendants(codes) | Q(plan_regions__in=codes)

    def checkbox_choices(self, titles: Mapping[str, str]) -> fields.Boxes:
        regions, places = source_places()
        kinds: dict[str, list[tuple[str, str]]] = {}
        for place in places:
            kind = SourcePlace.Kind.PROVINCE if place.parent_id else place.kind  # a city stands behind its province
            kinds.setdefault(str(SourcePlace.Kind(kind).label), []).append((place.code, titles[place.code]))
        return [*((region.code, titles[region.code]) for region in regions), *_blank_choice(titles), *kinds.items()]


def _blank_choice(titles: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(BLANK, titles[BLANK])] if BLANK in titles else []


def _source_choices() -> Choices:
    regions, places = source_places()
    return [*((each.code, each.name) for each in regions), *((each.code, each.short_name) for each in places)]


class PersonFilter(ChoicesFilter):
    """Filter by the person in charge; the choice 我 means the user who looks at the list.

    Others are those whom `choices` offers by their key.
    """

    def choices(self) -> dict[str, str]:
        return {ME: "我"} | super().choices()

    def any_of(self, codes: Sequence[str]) -> Q:
        return super().any_of([str(self.user.pk) if code == ME else code for code in codes])


class DaysFilter(ListFilter):
    """Filter by a range of days, or by a period such as 本月 that is computed from today.

    The first and the last day are included.
    """

    suffixes = ("after", "before", "in")
    field_class = fields.DaysField

    def condition(self, value: DayRange) -> Q:
        first, last = value.bounds()
        if not isinstance(_model_field(self.model, self.field_name), models.DateTimeField):
            return _between(self.field_name, first, last)
        after = Q(**{f"{self.field_name}__gte": clock.at(first)}) if first else Q()
        return after & (Q(**{f"{self.field_name}__lt": clock.at(last + timedelta(days=1))}) if last else Q())

    def describe(self, value: DayRange) -> str:
        return value.describe()


class AmountFilter(ListFilter):
    """Filter by a range of amounts or counts, with minimum and maximum included.

    `factor` is what one of its `unit` is in the database.
    """

    suffixes = ("min", "max")
    field_class = fields.AmountField

    def __init__(self, *args: Any, unit: str, factor: int = 1, **extra: Any) -> None:
        self.unit, self.factor = unit, factor
        super().__init__(*args, unit=unit, **extra)

    def condition(self, value: NumberRange) -> Q:
        low, high = (None if end is None else end * self.factor for end in (value.low, value.high))
        return _between(self.field_name, low, high)

    def describe(self, value: NumberRange) -> str:
        return value.describe(self.unit)


class FilledFilter(ListFilter):
    """Filter by whether a record has a value in the field; empty text counts as no value."""

    field_class = fields.FilledField

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return rows
        blank = blank_condition(self.model, self.field_name)
        return rows.exclude(blank) if value == "yes" else rows.filter(blank)

    def describe(self, value: str) -> str:
        return "有" if value == "yes" else "无"


def blank_condition(model: type[models.Model], path: str) -> Q:
    """Return the condition that the field at the lookup path `path` is null, an empty text or an empty array."""
    field = _model_field(model, path)
    blank = Q(**{f"{path}__isnull": True})
    if isinstance(field, (models.CharField, models.TextField)):
        return blank | Q(**{path: ""})
    return blank | Q(**{path: []}) if isinstance(field, ArrayField) else blank


def _model_field(model: type[models.Model], path: str) -> Any:
    names = path.split("__")
    for name in names[:-1]:
        model = model._meta.get_field(name).related_model  # type: ignore[assignment]  # a path leads through relations
    return model._meta.get_field(names[-1])


def _between(path: str, low: Any, high: Any) -> Q:
    at_least = Q(**{f"{path}__gte": low}) if low is not None else Q()
    return at_least & (Q(**{f"{path}__lte": high}) if high is not None else Q())


class ListFilterSet(django_filters.FilterSet):
    """Base class of the filter sets of lists; it adds the search field `q` to a list's own filters.

    `names` are those that exist for the reader.
    """

    q = SearchFilter(label="查找")

    def __init__(
        self,
        data: Any,
        rows: QuerySet[Any],
        *,
        user: User,
        names: Iterable[str],
        search: Callable[[QuerySet[Any], str], QuerySet[Any]],
    ) -> None:
        self.user, self.search = user, search
        # django-filter copies what stands here; the class's own stays.
        self.__dict__["base_filters"] = {name: self.base_filters[name] for name in names}
        super().__init__(data, rows)
