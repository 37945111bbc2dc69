"""Page elements: components, charts, template tags, and the gallery that shows each once."""
