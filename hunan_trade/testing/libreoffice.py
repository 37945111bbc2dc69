"""Edits cells of workbooks with LibreOffice, as office staff do."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

# Written into the library of a fresh profile. It opens a workbook, types texts into cells of its first sheet and saves.
_MACRO = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1" script:language="StarBasic">
Sub EditCells(source As String, edits As String, target As String)
  Dim hidden(0) As New com.sun.star.beans.PropertyValue
  hidden(0).Name = &quot;Hidden&quot;
  hidden(0).Value = True
  Dim xlsx(0) As New com.sun.star.beans.PropertyValue
  xlsx(0).Name = &quot;FilterName&quot;
  xlsx(0).Value = &quot;Calc MS Excel 2007 XML&quot;
  book = StarDesktop.loadComponentFromURL(ConvertToURL(source), &quot;_blank&quot;, 0, hidden())
  files = CreateUnoService(&quot;com.sun.star.ucb.SimpleFileAccess&quot;)
  lines = CreateUnoService(&quot;com.sun.star.io.TextInputStream&quot;)
  lines.setInputStream(files.openFileRead(ConvertToURL(edits)))
  lines.setEncoding(&quot;UTF-8&quot;)
  Do While Not lines.isEOF()
    parts = Split(lines.readLine(), Chr(9))
    book.Sheets(0).getCellRangeByName(parts(0)).setString(parts(1))
  Loop
  book.storeToURL(ConvertToURL(target), xlsx())
  book.close(True)
  StarDesktop.terminate()
End Sub
</script:module>
"""


def edit_in_libreoffice(data: bytes, edits: Mapping[str, str], folder: Path) -> bytes:
    """Type `edits` (cell address → text) into a workbook's first sheet with LibreOffice; return the saved bytes.

    `folder` is an empty one for the files and for LibreOffice's profile.
    """
    program = shutil.which("soffice")
    assert program, "LibreOffice is not installed"
    source, typed, target = folder / "source.xlsx", folder / "edits.txt", folder / "target.xlsx"
    source.write_bytes(data)
    typed.write_text("\n".join(f"{cell}\t{text}" for cell, text in edits.items()), "utf-8")
    command = [program, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--norestore"]
    _run([*command, "--terminate_after_init"])  # makes the profile, with an empty module
    (folder / "profile/user/basic/Standard/Module1.xba").write_text(_MACRO, "utf-8")
    _run([*command, f'macro:///Standard.Module1.EditCells("{source}","{typed}","{target}")'])
    return target.read_bytes()


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=240)
