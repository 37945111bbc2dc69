"""What a page is made of: components, charts, template tags, and the gallery that shows each part once."""
