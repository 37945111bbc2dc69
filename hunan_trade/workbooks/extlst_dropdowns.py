"""Reads the drop-down lists that Excel stores in the `extLst` element of a sheet's XML.

Excel does so for a list whose choices stand on another sheet.

openpyxl drops that extension; every program since 2010 takes the same rule among the ordinary ones. For the child.
"""

import re
from collections.abc import Iterator
from xml.etree import ElementTree

from openpyxl.worksheet.datavalidation import DataValidation

_X14 = "{http://schemas.microsoft.com/office/spreadsheetml/2009/9/main}"
_XM = "{http://schemas.microsoft.com/office/excel/2006/main}"
_ROOT = re.compile(rb"<(?:\w+:)?worksheet\b[^>]*>")
_AS_IT_IS = (
    "type", "operator", "errorStyle", "imeMode", "errorTitle", "error", "promptTitle", "prompt", "allowBlank",
    "showDropDown", "showInputMessage", "showErrorMessage",
)  # fmt: skip


def read_extension_validations(xml: bytes) -> Iterator[DataValidation]:
    """Yield the drop-down lists that a sheet's XML declares in `extLst`, as openpyxl's DataValidation objects.

    Raises ValueError for what cannot be converted.
    """
    root, end = _ROOT.search(xml), xml.find(b">", xml.rfind(b"sheetData")) + 1
    if root is None or b"dataValidations" not in xml[end:]:
        return
    try:
        # The cells between are not needed, and may be a hundred megabytes.
        sheet = ElementTree.fromstring(root[0] + xml[end:])
    except ElementTree.ParseError as error:
        raise ValueError(str(error)) from error
    for rule in sheet.iter(f"{_X14}dataValidation"):
        formulas = [rule.findtext(f"{_X14}formula{number}/{_XM}f") for number in (1, 2)]
        attributes = {name: rule.get(name) for name in _AS_IT_IS if rule.get(name) is not None}
        area = rule.findtext(f"{_XM}sqref") or rule.get("sqref") or ""
        yield DataValidation(sqref=area, formula1=formulas[0], formula2=formulas[1], **attributes)
