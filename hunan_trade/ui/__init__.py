"""HTML components: their dataclasses, charts, template tags, navigation, and the gallery page."""
