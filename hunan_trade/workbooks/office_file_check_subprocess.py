"""Child process that checks every part of a .docx or .xlsx file and says which of the two the file is."""

from hunan_trade.workbooks import sandbox
from hunan_trade.workbooks.sheet_types import WorkbookRefused
from hunan_trade.workbooks.zip_archive import Archive, DocumentArchive, Limits

_ARCHIVES: dict[str, type[Archive]] = {"docx": DocumentArchive, "xlsx": Archive}


def check_office_file(data: bytes, limits: Limits) -> sandbox.Answer:
    """Check all parts of a .docx or .xlsx file; raise WorkbookRefused if it is damaged, unsafe or of another kind."""
    for kind, archive_class in _ARCHIVES.items():
        try:
            archive = archive_class(data, limits)
        except WorkbookRefused as refusal:
            if refusal.code != "not-a-workbook" or kind == "xlsx":
                raise
            continue
        archive.check_parts()
        return [], {"status": "read", "kind": kind}
    raise AssertionError("the last kind refuses what it does not know")


if __name__ == "__main__":
    sandbox.run_in_sandbox(check_office_file)
