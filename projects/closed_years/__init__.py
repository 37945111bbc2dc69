"""Closes plan years: from then on nothing changes their counts but the decision of the province's lead."""
