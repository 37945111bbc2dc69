"""The register of enterprises, and what each traded in processing trade, month by month."""
