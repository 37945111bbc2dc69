"""Holds the register of enterprises, and the accepted processing trade of each enterprise and month."""
