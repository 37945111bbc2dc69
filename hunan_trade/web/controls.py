"""Inputs and selects of forms as HTML, the same as Django's own templates give, which include a template an option.

Everything that came from people or tables is escaped here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

Widget = Mapping[str, Any]  # what a widget tells its template


class Drawn(DjangoTemplates):
    """settings.FORM_RENDERER: the widgets of `_DRAWN` without the template engine, everything else by it."""

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> SafeString:
        draw = _DRAWN.get(template_name)
        if draw is None:
            return SafeString(super().render(template_name, context, request))
        return mark_safe(draw(context["widget"]))  # every text went through _text


def _input(widget: Widget) -> str:
    value = "" if widget["value"] is None else f' value="{_text(widget["value"])}"'
    return f'<input type="{_text(widget["type"])}" name="{_text(widget["name"])}"{value}{_attributes(widget)}>'


def _select(widget: Widget) -> str:
    parts = [f'<select name="{_text(widget["name"])}"{_attributes(widget)}>']
    for group, options, _ in widget["optgroups"]:
        lines = [
            f'<option value="{_text(option["value"])}"{_attributes(option)}>{_text(option["label"])}</option>'
            for option in options
        ]
        parts += [f'<optgroup label="{_text(group)}">', *lines, "</optgroup>"] if group else lines
    return "\n".join([*parts, "</select>"])


def _attributes(widget: Widget) -> str:
    return "".join(
        f" {_text(name)}" if value is True else f' {_text(name)}="{_text(value)}"'
        for name, value in widget["attrs"].items()
        if value is not False
    )


def _text(value: object) -> str:
    return conditional_escape(value if isinstance(value, str) else str(value))


_DRAWN: Mapping[str, Callable[[Widget], str]] = {
    f"django/forms/widgets/{name}.html": draw
    for draw, names in (
        (_input, ("text", "number", "email", "url", "password", "hidden", "date", "datetime", "time", "search")),
        (_select, ("select",)),
    )
    for name in names
}
