"""Drafts of work plans: parsed from a document, corrected by users node by node, published as a plan."""
