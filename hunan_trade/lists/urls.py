"""URL patterns of a list's pages, to be included by the list's app.

An app includes them.
"""

from __future__ import annotations

from django.urls import URLPattern, path

from hunan_trade.lists.attachments import views as attachments
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.downloads import download_views
from hunan_trade.lists.editing import bulk_edit_views, edit_views, undo_preview_views
from hunan_trade.lists.imports import views as imports
from hunan_trade.lists.moves import bulk_move_views, move_views
from hunan_trade.lists.pages import detail_views, list_customization_views, list_views
from hunan_trade.lists.record_keys import key_url_pattern


def list_urls(listing: Listing) -> list[URLPattern]:
    """Return the URL patterns of a list's pages; the pattern of the list itself is called `home`."""
    record = key_url_pattern(listing)
    patterns = [
        path("", list_views.list_view(listing), name="home"),
        path("summary/", list_views.summary_view(listing), name="summary"),
        path("download/", download_views.download_view(listing), name="download"),
        path("tabs/", list_views.tabs_view(listing), name="tabs"),
        path("views/", list_customization_views.save_view_view(listing), name="views"),
        path("views/<int:pk>/", list_customization_views.change_view_view(listing), name="view"),
        path("columns/", list_customization_views.choose_columns_view(listing), name="columns"),
    ]
    if (editing := listing.editing) is not None:
        patterns += [
            path("new/", edit_views.new_view(listing, editing), name="new"),
            path(f"{record}/edit/", edit_views.edit_view(listing, editing), name="edit"),
        ]
    if listing.importing is not None and editing is not None:
        page = "import/<uuid:pk>/"
        patterns += [
            path("import/", imports.upload_view(listing, editing), name="import"),
            path(page, imports.import_page_view(listing, editing), name="import-page"),
            path(f"{page}table/", imports.choose_table_view(listing, editing), name="import-table"),
            path(f"{page}check/", imports.check_view(listing, editing), name="import-check"),
            path(f"{page}map/", imports.return_to_mapping_view(listing, editing), name="import-map"),
            path(f"{page}write/", imports.write_view(listing, editing), name="import-write"),
            path(f"{page}refused/", imports.download_unwritten_rows_view(listing, editing), name="import-refused"),
            path(f"{page}drop/", imports.drop_view(listing, editing), name="import-drop"),
            path(f"{page}undo/", imports.undo_view(listing, editing), name="import-undo"),
        ]
    if listing.has_history:
        patterns.append(path(f"{record}/", detail_views.detail_view(listing), name="detail"))
    if listing.attachments:
        page = f"{record}/attachments/<uuid:attachment>/"
        patterns.append(path(page, attachments.attachment_download_view(listing), name="attachment"))
        if editing is not None:
            patterns += [
                path(f"{record}/attachments/", attachments.attach_view(listing, editing), name="attach"),
                path(f"{page}remove/", attachments.remove_view(listing, editing), name="remove-attachment"),
            ]
    if listing.has_history and editing is not None:
        take_back = edit_views.take_back_view(listing, editing)
        patterns += [
            path(f"{record}/versions/<int:number>/take-back/", take_back, name="take-back"),
            path("undo/<str:reference>/", undo_preview_views.undo_view(listing, editing), name="undo"),
        ]
        if editing.bulk:
            patterns += [
                path("bulk/", bulk_edit_views.prepare_bulk_edit_view(listing, editing), name="bulk"),
                path(
                    "bulk/all/",
                    bulk_edit_views.prepare_bulk_edit_view(listing, editing, everything=True),
                    name="bulk-all",
                ),
                path("bulk/<int:pk>/", bulk_edit_views.bulk_edit_view(listing, editing), name="bulk-edit"),
                path(
                    "bulk/<int:pk>/again/",
                    bulk_edit_views.prepare_bulk_edit_again_view(listing, editing),
                    name="bulk-again",
                ),
            ]
    if listing.has_history and listing.moves:
        patterns += _move_urls(listing)
    return patterns


def _move_urls(listing: Listing) -> list[URLPattern]:
    """Return the URL patterns of the pages that change the workflow state of one record or of many."""
    record = key_url_pattern(listing)
    patterns = [
        path(f"{record}/moves/{name}/", move_views.move_view(listing, moves, name), name=f"move-{name}")
        for name, moves in listing.moves_by_name.items()
    ]
    bulk = [(name, moves) for moves in listing.moves for name in moves.bulk]
    for everything, begin, suffix in ((False, "bulk/moves/", ""), (True, "bulk/all/moves/", "-all")):
        for name, moves in bulk:
            view = bulk_move_views.bulk_move_view(listing, moves, name, everything=everything)
            patterns.append(path(f"{begin}{name}/", view, name=f"bulk-move-{name}{suffix}"))
        if bulk:
            choose = bulk_move_views.choose_move_view(listing, everything=everything)
            patterns.append(path(begin, choose, name=f"bulk-moves{suffix}"))
    return patterns
