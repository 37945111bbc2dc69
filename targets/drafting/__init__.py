"""Drafts of work plans: read from a document, corrected node by node, published as a plan."""
