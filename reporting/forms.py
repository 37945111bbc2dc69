"""Forms for drafting, editing and issuing a report."""

from __future__ import annotations

from django import forms

from hunan_trade.periods import Month
from hunan_trade.web.conflict_detecting_forms import DigestForm
from hunan_trade.web.text_fields import CleanTextField
from reporting import kinds


class DraftRequestForm(forms.Form):
    kind = forms.ChoiceField(label="种类", choices=lambda: [(kind.code, kind.title) for kind in kinds.declared()])
    month = CleanTextField(label="月份", max_length=7)

    def clean_month(self) -> Month:
        try:
            return Month.parse(self.cleaned_data["month"])
        except ValueError:
            raise forms.ValidationError("月份写成 2013-06。") from None


class WordingForm(DigestForm):
    at = forms.IntegerField(min_value=0, max_value=500, widget=forms.HiddenInput)
    text = CleanTextField(label="文字", max_length=4000, widget=forms.Textarea(attrs={"rows": 6}))


class IssueForm(DigestForm):
    document_number = CleanTextField(
        label="发文字号", max_length=60, required=False, help_text="由办公室给号，没有就不填。期号签发时自动编。"
    )
    confirm_missing = forms.BooleanField(label="确认缺报市州不列入本期", required=False)
    confirm_since = CleanTextField(label="确认照起草时的数签发", max_length=64, required=False)

    def clean_document_number(self) -> str:
        """Return the typed document number (发文字号) of a report without spaces and line breaks.

        They may be pasted with it: 湘商〔2013〕1号 has none.
        """
        return "".join(self.cleaned_data["document_number"].split())
