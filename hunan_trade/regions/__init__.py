"""Tables of regions (the province, its cities and counties) and of offices (单位)."""
