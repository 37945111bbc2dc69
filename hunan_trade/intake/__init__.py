"""Monthly returns: one per city and month, filled by grid, workbook or API, and reviewed by the province."""
