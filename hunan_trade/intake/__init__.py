"""Monthly returns: city bureaus fill in one return a month, and the province reviews the returns."""
