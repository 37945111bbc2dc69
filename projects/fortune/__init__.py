"""Holds the Fortune 500 lists, and decides with which project each investor's group counts."""
