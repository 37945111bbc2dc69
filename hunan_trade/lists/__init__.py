"""Lists of records, each declared once: its page, filters, columns, downloads, import, history and API follow from it."""
