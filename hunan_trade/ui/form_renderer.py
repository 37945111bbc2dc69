"""Form renderer of the portal, which renders each field with templates/components/field.html."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting


class StyledBoundField(BoundField):
    """Bound field that adds Tabler's CSS class, such as form-control, to the HTML input.

    Hidden controls, boxes to tick and groups of choices have none.
    """

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        widget = widget or self.field.widget
        attrs = super().build_widget_attrs(attrs, widget)
        if widget.is_hidden or widget.use_fieldset or isinstance(widget, forms.CheckboxInput):
            return attrs
        css = "form-select" if isinstance(widget, forms.Select) else "form-control"
        return attrs | {"class": f"{css} {widget.attrs.get('class', '')}".strip()}


class FormRenderer(TemplatesSetting):
    """Django form renderer that renders fields with templates/components/field.html and Tabler's CSS classes."""

    field_template_name = "components/field.html"
    bound_field_class = StyledBoundField
