"""Holds the register of enterprises and their monthly processing trade."""
