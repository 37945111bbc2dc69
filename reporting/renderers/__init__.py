"""Renders a report's document as HTML, .docx, .pdf and .xlsx."""
