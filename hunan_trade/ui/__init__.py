"""Page elements: components, charts, template tags, and the gallery page that shows each component."""
