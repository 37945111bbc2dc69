"""The year's work plan (工作要点) as a tree, its targets in their shapes, and the rosters it counts."""
