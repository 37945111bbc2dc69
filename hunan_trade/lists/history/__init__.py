"""Versions of records, written by triggers; timelines, and lists as they stood on a day."""
