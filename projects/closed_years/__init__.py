"""Closes plan years, after which only the province's lead may change their project counts."""
