"""Monthly returns: each city fills in one return a month, and the province reviews it."""
