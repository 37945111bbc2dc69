"""Work plans of a year (工作要点): their items, targets and rosters, with progress and drafts."""
