"""Holds the Fortune 500 lists, and decides which project makes each investor's group count."""
