"""Regions (the province, its 14 cities, 122 counties and functional areas) and the register of offices."""
