"""Tests that errors of forms and commands have the portal's own Chinese texts, not Django's."""

from __future__ import annotations

import re
import subprocess
import sys
from gettext import GNUTranslations

import pytest
from django import forms
from django.conf import settings

FOLDER = settings.LOCALE_PATHS[0] / "zh_Hans" / "LC_MESSAGES"


class ExampleForm(forms.Form):
    name = forms.CharField(max_length=3)
    reason = forms.CharField()
    day = forms.DateField()
    kind = forms.ChoiceField(choices=[("late", "延期")])
    days = forms.IntegerField(max_value=31)
    workbook = forms.FileField()


def test_a_form_field_explains_its_error_in_the_portals_words() -> None:
    told = ExampleForm({"name": "四个汉字", "day": "2013-02-30", "kind": "x", "days": "365"}).errors
    assert {field: list(sentences) for field, sentences in told.items()} == {
        "name": ["最多 3 字，现有 4 字。缩短后再填。"],
        "reason": ["这一项要填。"],
        "day": ["日期要真实存在，写成 2013-06-30。"],
        "kind": ["没有“x”这一项。从列出的里面选。"],
        "days": ["最大 31。改小后再填。"],
        "workbook": ["这一项要填。"],
    }


@pytest.mark.parametrize("domain", ["django", "messages"])
def test_the_compiled_translations_match_their_sources(domain: str) -> None:
    source = (FOLDER / f"{domain}.po").read_text(encoding="utf-8")
    written = re.findall(r'^msgid "(.+)"\n(?:msgid_plural ".+"\n)?msgstr(?:\[0\])? "(.+)"$', source, re.MULTILINE)
    with (FOLDER / f"{domain}.mo").open("rb") as compiled:
        catalogue = GNUTranslations(compiled)
    assert len(written) == source.count("\nmsgid ") - 1  # the heading
    for message, sentence in written:
        message, sentence = message.replace("\\n", "\n"), sentence.replace("\\n", "\n")
        assert sentence in (catalogue.gettext(message), catalogue.ngettext(message, "", 1))


def test_a_command_explains_wrong_arguments_in_chinese() -> None:
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "return_template", "--city", "430100"]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 2
    assert told.stderr.startswith("用法：") and "缺少 --month, --out" in told.stderr and "error" not in told.stderr
