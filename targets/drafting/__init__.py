"""Drafts of work plans: reading an uploaded document, correcting the proposal on one page, publishing it."""
