"""Renders a document as HTML, .docx, .pdf and .xlsx."""
