"""Work plans of a year (工作要点): a plan's items, targets, rosters and recorded progress, and drafts of plans."""
