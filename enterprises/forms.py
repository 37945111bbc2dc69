"""Defines the form with which a city registers an enterprise."""

from __future__ import annotations

from typing import Any

from django import forms

from enterprises import rules
from enterprises.models import Enterprise, Mode
from hunan_trade.regions.models import Region
from hunan_trade.tabular.parsers import to_half_width
from hunan_trade.web.text_fields import CleanTextField


class RegistrationForm(forms.ModelForm):
    modes = forms.MultipleChoiceField(label="贸易方式", choices=Mode.choices, widget=forms.CheckboxSelectMultiple)

    class Meta:
        model = Enterprise
        fields = ["customs_code", "name", "county", "modes"]
        field_classes = {"customs_code": CleanTextField, "name": CleanTextField}
        help_texts = {"customs_code": "十位，报关单上的收发货人编码，前四位为所在市州。"}

    def __init__(self, *args: Any, region: Region, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.region = region
        self.fields["county"].queryset = Region.objects.counties_of(region.code)  # type: ignore[attr-defined]
        self.fields["county"].empty_label = "选县市区"  # type: ignore[attr-defined]
        self.fields["customs_code"].error_messages["unique"] = "这个海关编码已登记。在企业名录中查找，不要重复登记。"

    def clean_customs_code(self) -> str:
        code: str = to_half_width(self.cleaned_data["customs_code"]).upper()
        if len(code) != 10 or not code.isascii() or not code.isalnum():
            raise forms.ValidationError("海关编码是十位数字或字母，核对报关单后填写。")
        if not rules.has_city_prefix(code, self.region.code):
            raise forms.ValidationError(
                f"前四位 {code[:4]} 不是{self.region.name_in_text}的（{self.region.code[:4]}）。企业由所在市州登记。"
            )
        return code

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())
