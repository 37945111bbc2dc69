"""Holds drafts of work plans, which are parsed from a document, corrected by users and published."""
