"""Writes invented demo data of a year and a half by calling the portal's own actions."""
