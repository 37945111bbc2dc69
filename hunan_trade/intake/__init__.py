"""Monthly returns: one per city and month, filed by grid, workbook or API, and reviewed by the province in rounds."""
