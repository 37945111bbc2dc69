"""Views that download a list at once or by a background job, and the page of the finished files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from hunan_trade import clock, periods, quantities
from hunan_trade.audit.actions import record
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.downloads import download_jobs, list_file_writer
from hunan_trade.lists.downloads.list_file_writer import DownloadQuery
from hunan_trade.lists.models import ListDownload
from hunan_trade.ui.component_data import JobProgress
from hunan_trade.ui.job_progress_data import progress_bar
from hunan_trade.web.access_decorators import get_visible, mark_as_polled, signed_in
from hunan_trade.web.download_response import file_response
from hunan_trade.web.request_type import PortalRequest
from hunan_trade.web.unknown_query_parameters import reject_unknown_params


def download_view(listing: Listing) -> Callable[..., HttpResponse]:
    """Return the view function that sends a list's filtered records as a file, or offers a job if there are many.

    The file is .xlsx or .csv.
    """

    @listing.guard
    @require_http_methods(["GET", "HEAD", "POST"])
    def view(request: PortalRequest) -> HttpResponse:
        asked = DownloadQuery.from_parameters(listing, request.user, request.GET)
        if request.method == "POST":
            download_jobs.request_download(asked, by=request.user)
            messages.success(request, "正在后台生成，可以离开，办好后在这里下载。")
            return redirect("downloads")
        if (count := asked.query.rows.count()) > list_file_writer.LIMIT:
            return _job_offer_response(request, asked, count)
        asked.query.log_list_reading()
        file = list_file_writer.write_list_file(asked, stream := BytesIO(), moment=clock.now())
        record("file.downloaded", by=request.user, after={"name": file.name, "rows": file.count})
        return file_response(stream.getvalue(), file.name, content_type=file.content_type)

    return view


def _job_offer_response(request: PortalRequest, asked: DownloadQuery, count: int) -> HttpResponse:
    listing = asked.query.listing
    context = {
        "listing": listing,
        "asked": asked,
        "count": count,
        "limit": list_file_writer.LIMIT,
        "days": settings.LIST_DOWNLOADS_KEPT.days,
        "action": request.get_full_path(),
        "back": f"{reverse(f'{listing.code}:home')}{asked.query.url()}",
    }
    return render(request, "lists/download_offer.html", context)


@signed_in("every account gets the files that were written for it")
@require_safe
def downloads_page(request: PortalRequest) -> HttpResponse:
    """Show the page with the user's downloads: those that background jobs still write and finished ones."""
    reject_unknown_params(request)
    rows = ListDownload.objects.visible_to(request.user).select_related("job")
    context = {"jobs": list(map(_progress, rows)), "days": settings.LIST_DOWNLOADS_KEPT.days}
    return render(request, "lists/downloads.html", context)


@mark_as_polled
@signed_in("every account gets the files that were written for it")
@require_safe
def download_progress(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Return one download's progress as an HTML fragment that reloads itself until the file is written."""
    found = get_visible(ListDownload.objects.select_related("job"), request.user, pk=pk)
    return render(request, "components/job.html", {"job": _progress(found)})


@signed_in("every account gets the files that were written for it")
@require_safe
def download_file(request: PortalRequest, pk: UUID) -> HttpResponseBase:
    found = get_visible(ListDownload.objects.select_related("file"), request.user, pk=pk)
    if found.file is None or download_jobs.find_list_of_download(found, request.user) is None:
        raise Http404
    response = FileResponse(found.file.open(), as_attachment=True, filename=found.name)
    response["Content-Type"] = found.file.content_type
    record("file.downloaded", by=request.user, after={"name": found.name, "rows": found.count})
    return response


def _progress(download: ListDownload) -> JobProgress:
    found = progress_bar(
        download.job,
        poll_url=reverse("download-progress", args=[download.pk]),
        result_url=reverse("download-file", args=[download.pk]),
        result_text=f"下载 {download.name}",
    )
    if download.count is None:
        return found
    return replace(
        found,
        note=f"{quantities.format_with_commas(download.count)} 条，保存到{periods.format_chinese_date(download.expires_at)}",
    )
