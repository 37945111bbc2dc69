"""Functions that detect the kind of an attached file by its content, and refuse kinds that are not accepted."""

from __future__ import annotations

from dataclasses import dataclass

from hunan_trade.web.download_response import safe_file_name
from hunan_trade.workbooks import upload_reader
from hunan_trade.workbooks.sheet_types import WorkbookRefused
from hunan_trade.workbooks.zip_archive import MEGABYTE, OLE_BEGIN, Limits

MAX_BYTES = 20 * MEGABYTE
ACCEPTED = "PDF、JPEG、PNG、.docx 和 .xlsx"
CONTENT_TYPES = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "png": "image/png",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_SUFFIXES = {"jpg": ("jpg", "jpeg")}
_LIMITS = Limits(file_bytes=MAX_BYTES, entries=5_000, inflated_bytes=200 * MEGABYTE)
_END = 1024  # bytes
_WHY = {
    "xls": "是旧的 .doc、.xls 或 .ppt 格式。用 WPS 或 Office 另存为 .docx、.xlsx 或 PDF 再传。",
    "encrypted": "设有打开密码。取消密码后再传。",
    "macros": "带有宏。另存为不带宏的 .docx 或 .xlsx 再传。",
    "swollen": "展开后过大。压缩里面的图片，或转成 PDF，再传。",
    "exhausted": "无法在限定的时间和内存内检查完。压缩里面的图片，或转成 PDF，再传。",
    "overtime": "无法在限定的时间和内存内检查完。压缩里面的图片，或转成 PDF，再传。",
    "not-a-workbook": f"不是 .docx 或 .xlsx。附件只收 {ACCEPTED}，转成其中一种再传。",
}
_DAMAGED = "已损坏或不完整。用原来的软件打开，另存后再传。"


class AttachmentRefused(Exception):
    """Raised when a file is refused as an attachment; `sentence` tells the user the reason in Chinese."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class _Signature:
    """The bytes by which a kind of file is recognised at its beginning and end, such as %PDF- and %%EOF."""

    kind: str
    begin: bytes
    end: bytes
    tail: int = _END


_SIGNATURES = (
    _Signature("pdf", b"%PDF-", b"%%EOF"),
    _Signature("jpg", b"\xff\xd8\xff", b"\xff\xd9", tail=MAX_BYTES),  # phones append their own data
    _Signature("png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"IEND\xae\x42\x60\x82"),
)
_ZIP_BEGIN = b"PK\x03\x04"


def detect_file_kind(data: bytes, name: str) -> str:
    """Return a file's kind such as "pdf", judged by content alone; raise AttachmentRefused if it is not accepted.

    Office files are checked in a walled process. Raises AttachmentRefused with the file's name.
    """
    try:
        return _detect_kind_by_content(data)
    except AttachmentRefused as refused:
        raise AttachmentRefused(f"“{name}”{refused.sentence}") from refused


def safe_name_with_suffix(name: str, kind: str) -> str:
    """Return a safe file name that ends in its kind's suffix: 合同.exe.pdf for a PDF called 合同.exe."""
    suffixes = _SUFFIXES.get(kind, (kind,))
    if name.rpartition(".")[2].lower() not in suffixes:
        name = f"{name or '附件'}.{suffixes[0]}"
    return safe_file_name(name, nameless="附件")


def _detect_kind_by_content(data: bytes) -> str:
    if not data:
        raise AttachmentRefused("是空的。检查后再传。")
    if len(data) > MAX_BYTES:
        raise AttachmentRefused(f"超过 {MAX_BYTES // MEGABYTE} MB。压缩图片，或分成几个文件，再传。")
    for signature in _SIGNATURES:
        if data.startswith(signature.begin):
            if signature.end not in data.rstrip(b"\0\r\n\t ")[-signature.tail :]:
                raise AttachmentRefused(_DAMAGED)
            return signature.kind
    if data.startswith(_ZIP_BEGIN) or data.startswith(OLE_BEGIN):
        return _office_file_kind(data)
    raise AttachmentRefused(f"不是能收的文件。附件只收 {ACCEPTED}，按内容判断，转成其中一种再传。")


def _office_file_kind(data: bytes) -> str:
    try:
        return upload_reader.office_file_kind(data, _LIMITS)
    except WorkbookRefused as refusal:
        raise AttachmentRefused(_WHY.get(refusal.code, _DAMAGED)) from refusal
