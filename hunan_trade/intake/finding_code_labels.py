"""Chinese labels of the codes that the checks of a return use in their findings."""

from __future__ import annotations

from hunan_trade.intake import datasets
from hunan_trade.tabular import findings

FINDING_LABELS = {
    "book.linked": "引用了别的工作簿",
    "cell.conflict": "文件和系统都改过",
    "cell.outside": "表外的格中有内容",
    "returned.untouched": "退回后没有改",
    "row.unlisted": "名录中已没有的行填过数",
    "sheet.unread": "没有读入的表",
}


def finding_labels() -> dict[str, str]:
    """Return a dict from the code of a finding of the return checks, such as cell.conflict, to its Chinese label."""
    labels = {**findings.FINDING_LABELS, **FINDING_LABELS}
    for dataset in datasets.declared():
        labels.update(dataset.finding_labels)
    return labels
