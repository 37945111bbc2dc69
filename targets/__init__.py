"""The year's work plan (工作要点): its tree of items, its targets, and the rosters it counts."""
