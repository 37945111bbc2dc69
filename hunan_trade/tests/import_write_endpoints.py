"""Example requests to the pages of an import, for the tests of endpoints that write."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from enterprises.tables import ENTERPRISES
from enterprises.tests.import_factories import closed_enterprise
from hunan_trade.accounts.roles import GRANTS, Role
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.models import Import
from hunan_trade.lists.tests.import_factories import SAMPLES, ImportSample, csv_file
from hunan_trade.tests.write_endpoint_data import OURS
from hunan_trade.tests.write_endpoint_requests import Body, WriteEndpoint, WriteRequest

_ROLES = {
    "reporter": Role.CITY_REPORTER,
    "officer": Role.PROVINCE_OFFICER,
    "province_lead": Role.PROVINCE_LEAD,
}
_CHECK = frozenset(f"lists.Import.{name}" for name in ("version", "state", "facts", "result"))
# What else changes with the records of a list.
BESIDES = {"rosters": frozenset({"targets.Roster.version"})}


def importers(listing: Listing) -> tuple[str, ...]:
    """Return who may import into a list, of a reporter and the province's two roles."""
    right = listing.editing.permission if listing.editing else None
    return tuple(who for who, role in _ROLES.items() if right in GRANTS[role])


def _endpoints(sample: ImportSample, who: tuple[str, ...]) -> Iterator[WriteEndpoint]:
    code, model = sample.listing.code, sample.listing.model._meta.label
    page = f"/{code}/import/<uuid:pk>/"
    fills = frozenset({"lists.Import.fills"} if sample.fills else ())
    register = frozenset({model, f"{model}History", "lists.Act"}) | BESIDES.get(code, frozenset())

    def import_in(request: WriteRequest, state: str) -> Import:
        return Import.objects.get(by=request.data.people[request.who], state=state, listing=code)

    def own(state: str) -> Callable[[WriteRequest], dict[str, Any]]:
        return lambda request: {"pk": import_in(request, state).pk}

    def with_version(state: str, **more: Any) -> Callable[[WriteRequest], Body]:
        return lambda request: {"version": import_in(request, state).version, **more}

    def stale(request: WriteRequest) -> dict[str, list[Any]]:
        return {"version": [999, "x"]}

    data = csv_file(sample.row, head=sample.head)
    yield WriteEndpoint(
        f"/{code}/import/",
        who,
        lambda request: {"file": SimpleUploadedFile("登记表.csv", data)},
        frozenset({"lists.Import"}),
    )
    yield WriteEndpoint(
        f"{page}table/",
        who,
        with_version("mapping", sheet="登记表", head_row="1", depth="1", without_hidden=""),
        frozenset({"lists.Import.version", "lists.Import.table"}),
        own("mapping"),
        foreign=lambda request: {"version": [999, "x"], "sheet": ["nobody"], "head_row": ["9", "x"], "depth": ["9"]},
    )
    yield WriteEndpoint(
        f"{page}check/",
        who,
        with_version("mapping", **{f"fill-{name}": value for name, value in sample.fills.items() if value}),
        _CHECK | {"lists.Import.mapping"} | fills,
        own("mapping"),
        foreign=stale,
    )
    yield WriteEndpoint(
        f"{page}map/",
        who,
        with_version("checked"),
        frozenset({"lists.Import.version", "lists.Import.state"}),
        own("checked"),
        foreign=stale,
    )
    yield WriteEndpoint(
        f"{page}write/",
        who,
        with_version("checked", reason="来函"),
        _CHECK | {"lists.Import.reason", "lists.Import.written_at"} | register | sample.writes,
        own("checked"),
        foreign=stale,
    )
    yield WriteEndpoint(
        f"{page}drop/",
        who,
        with_version("checked"),
        _CHECK | fills,
        own("checked"),
        foreign=stale,
    )
    yield WriteEndpoint(
        f"{page}undo/",
        who,
        with_version("written", reason="传错了"),
        frozenset({"lists.Import.version", "lists.Import.state", "lists.Import.result"})
        | register
        | {f"{model}History.valid_to", f"{model}History.ended_xid"},
        own("written"),
        foreign=lambda request: {"version": [999, "x"], "reason": ["", " "]},
    )


IMPORT_WRITE_ENDPOINTS = [
    endpoint for sample in SAMPLES.values() for endpoint in _endpoints(sample, importers(sample.listing))
]
IMPORT_WRITE_ENDPOINTS += _endpoints(closed_enterprise(OURS, 0), importers(ENTERPRISES))
