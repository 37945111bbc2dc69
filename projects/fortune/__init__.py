"""Keeps the lists of Fortune 500 groups, and decides which project makes its investors' group count."""
