"""Forms for login, passwords, accounts, roles and tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms

from hunan_trade.accounts.models import Token, User
from hunan_trade.accounts.password_rules import LONGEST
from hunan_trade.accounts.roles import CITY_ROLES, Role
from hunan_trade.regions.models import Region
from hunan_trade.web.text_fields import CleanTextField

_PASSWORD_HINT = "至少 10 位，大写、小写、数字、符号（含汉字）用三种以上，不用过去 5 个密码。"


class PasswordInput(forms.PasswordInput):
    """Password input that is always empty when a form is shown again after an error."""

    def __init__(self, autocomplete: str) -> None:
        super().__init__(attrs={"autocomplete": autocomplete}, render_value=False)


class SecretField(forms.CharField):
    """Password field that does not strip spaces from the typed text."""

    def __init__(self, *, label: str, autocomplete: str = "new-password", **more: Any) -> None:
        super().__init__(label=label, strip=False, max_length=LONGEST, widget=PasswordInput(autocomplete), **more)


class LoginForm(forms.Form):
    username = CleanTextField(
        label="用户名", max_length=150, widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True})
    )
    password = SecretField(label="密码", autocomplete="current-password")


class NewPasswordForm(forms.Form):
    """Form in which a user types a new password twice.

    The password rules are checked by the action.
    """

    password = SecretField(label="新密码", help_text=_PASSWORD_HINT)
    again = SecretField(label="再输一次新密码")

    def clean_again(self) -> str:
        again = self.cleaned_data["again"]
        if again != self.cleaned_data.get("password", again):
            raise forms.ValidationError("两次输入的新密码不一样。")
        return str(again)


class ChangePasswordForm(NewPasswordForm):
    old = SecretField(label="现在的密码", autocomplete="current-password")
    field_order = ["old", "password", "again"]


class ActivationForm(NewPasswordForm):
    first = CleanTextField(
        label="激活码前半段",
        max_length=40,
        help_text="由系统管理员告知。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    second = CleanTextField(
        label="激活码后半段",
        max_length=40,
        help_text="由安全管理员告知，24 小时内可用一次。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    username = CleanTextField(
        label="用户名", max_length=150, required=False, help_text="只有首位管理员启用系统时填写。"
    )
    name = CleanTextField(label="姓名", max_length=40, required=False)
    field_order = ["first", "second", "password", "again", "username", "name"]


class AccountForm(forms.ModelForm):
    username = CleanTextField(label="用户名", max_length=150, help_text="不分大小写和全角半角。")

    class Meta:
        model = User
        fields = ["username", "name", "region", "phone", "email"]
        field_classes = {"name": CleanTextField, "phone": CleanTextField}
        labels = {"region": "所属市州"}
        help_texts = {"region": "省厅人员不选。"}

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        _limit_to_cities(self.fields["region"], "省厅")

    def validate_unique(self) -> None:
        """Skip Django's uniqueness check of user names, because `open_account` checks them more strictly."""


class RoleForm(forms.Form):
    role = forms.ChoiceField(label="角色", choices=[("", "不授权"), *Role.choices], required=False)
    region = forms.ModelChoiceField(Region.objects.cities(), label="市州", required=False, empty_label="不限市州")
    reason = CleanTextField(label="依据", max_length=200, help_text="如任职通知的文号和日期。")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("role") in CITY_ROLES and not data.get("region"):
            self.add_error("region", "市州填报、市州负责人须选市州。")
        return data


class TokenForm(forms.Form):
    user = forms.ModelChoiceField(User.objects.none(), label="代表账号", empty_label="选择账号")
    label = CleanTextField(label="用途", max_length=80)
    scope = forms.ChoiceField(label="范围", choices=Token.Scope.choices)
    days = forms.IntegerField(label="有效天数", min_value=1, max_value=365, initial=90)
    networks = CleanTextField(
        label="允许地址",
        required=False,
        help_text="一行一个，如 10.43.0.0/16；不填则不限。",
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["user"].queryset = User.objects.open().exclude(role="").select_related("region")  # type: ignore[attr-defined]

    def clean_networks(self) -> list[str]:
        return [line for line in self.cleaned_data["networks"].splitlines() if line]

    def clean_days(self) -> timedelta:
        return timedelta(days=self.cleaned_data["days"])


def _limit_to_cities(field: forms.Field, empty_label: str) -> None:
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = Region.objects.cities()
    field.empty_label = empty_label
