"""Functions that request large downloads, write their files in background jobs, and delete expired files."""

from __future__ import annotations

from tempfile import TemporaryFile

from django.core.exceptions import BadRequest
from django.db import transaction
from django.http import QueryDict

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.audit.actions import record
from hunan_trade.files import actions as files
from hunan_trade.jobs import actions as jobs
from hunan_trade.jobs.lease import Lease, progress_saver_outside_transaction
from hunan_trade.lists.declaration import Listing, declared
from hunan_trade.lists.downloads.list_file_writer import DownloadQuery, write_list_file
from hunan_trade.lists.models import ListDownload
from hunan_trade.workflow import MoveRefused

JOB = "lists.download"
MAX_UNFINISHED = 3  # files that one person may wait for


@transaction.atomic
def request_download(asked: DownloadQuery, *, by: User) -> ListDownload:
    """Start a background job that writes the requested download file, and return its stored `ListDownload`.

    The same wish of a person, not fulfilled yet, is answered by the earlier request.
    """
    listing, unfinished = asked.query.listing, ListDownload.objects.visible_to(by).unfinished()
    if (twin := unfinished.filter(listing=listing.code, address=asked.query_string).first()) is not None:
        return twin
    if unfinished.count() >= MAX_UNFINISHED:
        raise MoveRefused(f"已有 {MAX_UNFINISHED} 份文件在生成，办好一份再要")
    download = ListDownload(listing=listing.code, address=asked.query_string, by=by, role=by.role, asked_at=clock.now())
    download.region = by.region_id or ""
    download.job = jobs.enqueue(
        JOB,
        {"download": str(download.pk)},
        key=str(download.pk),
        by=by,
        title=f"导出{listing.title} .{asked.format}",
        region=download.region,
    )
    download.save()
    return download


def write_download(lease: Lease, *, download: str) -> None:
    """Write the file of a `ListDownload` in a background job, with the permissions that its user has now."""
    assert isinstance(lease.by, User)
    found = ListDownload.objects.visible_to(lease.by).filter(pk=download).first()
    if found is None or (listing := find_list_of_download(found, lease.by)) is None:
        raise MoveRefused("您的角色或地区变了，或者时间已过。请到名录页重新导出")
    moment = clock.now()
    with TemporaryFile() as stream:
        with clock.frozen_at(found.asked_at), progress_saver_outside_transaction(lease) as advance:
            asked = _parse_download_query(listing, found)
            file = write_list_file(asked, stream, moment=moment, advance=advance)
        with lease.fenced():
            found.file = files.store_stream(stream, content_type=file.content_type)
            found.name, found.count = file.name, file.count
            found.save(update_fields=["file", "name", "count"])
            asked.query.log_list_reading()
            record("file.prepared", by=lease.by, after={"name": file.name, "rows": file.count})
            lease.finish()


def find_list_of_download(download: ListDownload, user: User) -> Listing | None:
    """Return the list whose records a download holds; None if the list is gone or the user may not open it."""
    return next((each for each in declared() if each.code == download.listing and each.is_open_to(user)), None)


def _parse_download_query(listing: Listing, download: ListDownload) -> DownloadQuery:
    try:
        return DownloadQuery.from_parameters(listing, download.by, QueryDict(download.address))
    except BadRequest as unknown:
        raise MoveRefused("筛选条件或列已经没有了。请到名录页重新导出") from unknown


def delete_expired_downloads() -> int:
    """Delete expired downloads with their files, and return the number of deleted downloads."""
    with transaction.atomic():
        expired = list(ListDownload.objects.expired().select_for_update())
        ListDownload.objects.filter(pk__in=[download.pk for download in expired]).delete()
        for download in expired:
            if download.file_id:
                files.delete_if_unreferenced(download.file_id)
    return len(expired)
