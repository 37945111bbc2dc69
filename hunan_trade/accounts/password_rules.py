"""Pure functions that check a new password and return a sentence for each broken rule."""

from __future__ import annotations

import gzip
import re
import unicodedata
from functools import cache
from pathlib import Path

from django.contrib.auth import password_validation

SHORTEST, LONGEST = 10, 256
REQUIRED_CLASSES = 3
_DJANGO_LIST = Path(password_validation.__file__).parent / "common-passwords.txt.gz"
_OWN_LIST = Path(__file__).parent / "data" / "common_words.txt"
ORGANISATION = ("hunan", "shangwu", "swting", "hnswt", "commerce", "湖南", "商务", "加工贸易", "产业转移")
_CLASSES = (
    str.islower,
    str.isupper,
    str.isdigit,
    lambda c: not (c.islower() or c.isupper() or c.isdigit()),  # signs, and Chinese
)


def password_faults(password: str, *, username: str = "", name: str = "", phone: str = "") -> list[str]:
    """Return a Chinese sentence for each rule that a new password breaks."""
    found = []
    if len(password) < SHORTEST:
        found.append(f"密码至少 {SHORTEST} 位。")
    if len(password) > LONGEST:
        found.append(f"密码最多 {LONGEST} 位。")
    if sum(any(is_one(c) for c in password) for is_one in _CLASSES) < REQUIRED_CLASSES:
        found.append("大写字母、小写字母、数字、符号（含汉字）至少用三种。")
    folded = unicodedata.normalize("NFKC", password).casefold()
    if any(part in folded for part in _personal_words(username, name, phone)):
        found.append("密码不能含用户名、姓名或电话。")
    if any(word in folded for word in ORGANISATION):
        found.append("密码不能含本单位、本系统的名称。")
    if _is_common_password(folded):
        found.append("这个密码太常见，容易被猜中。")
    return found


def _personal_words(username: str, name: str, phone: str) -> set[str]:
    """Return the pieces of the user name, real name and phone number that a password must not contain.

    Parts of three letters or fewer would forbid too much.
    """
    folded = unicodedata.normalize("NFKC", username).casefold()
    parts = {part for part in [folded, *re.split(r"[^0-9a-z\u4e00-\u9fff]+", folded)] if len(part) > 3}
    digits = re.sub(r"\D", "", phone)
    return parts | {text for text in (name, digits[-8:], digits) if len(text) > 1}


def _is_common_password(folded: str) -> bool:
    """Return whether a password is a common password, or a common word plus digits and symbols.

    For example Woaini1314! and Qwerty@2013.
    """
    if folded in _common_passwords():
        return True
    return folded.isascii() and re.sub(r"[^a-z]", "", folded) in _common_words()


@cache
def _common_passwords() -> frozenset[str]:
    """Return the common passwords listed by Django and by the portal."""
    with gzip.open(_DJANGO_LIST, "rt", encoding="utf-8") as lines:
        return frozenset(line.strip() for line in lines) | _common_words()


@cache
def _common_words() -> frozenset[str]:
    """Return the words that the portal lists as too common for passwords."""
    lines = _OWN_LIST.read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())
