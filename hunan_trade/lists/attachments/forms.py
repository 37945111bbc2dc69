"""The form for adding an attachment to a record."""

from __future__ import annotations

from typing import Any

from django import forms

from hunan_trade.lists.attachments.file_kind_detection import ACCEPTED, MAX_BYTES
from hunan_trade.lists.declaration import Listing
from hunan_trade.workbooks.zip_archive import MEGABYTE


class AttachmentForm(forms.Form):
    """Form for attaching a file to a record; it also asks for a document type if the list declares any.

    What is in the file is judged by the action.
    """

    file = forms.FileField(
        label="添加附件",
        help_text=f"{ACCEPTED}，不超过 {MAX_BYTES // MEGABYTE} MB。",
        allow_empty_file=True,
        error_messages={"required": "还没有选文件。"},
        widget=forms.FileInput({"accept": ".pdf,.jpg,.jpeg,.png,.docx,.xlsx"}),
    )

    def __init__(self, listing: Listing, *data: Any) -> None:
        super().__init__(*data)
        if listing.documents:
            types = [(each.code, each.title) for each in listing.documents]
            self.fields["document"] = forms.ChoiceField(
                label="这份文件是", required=False, choices=[("", "其他文件"), *types]
            )
