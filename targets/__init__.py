"""Holds work plans (工作要点) with their items and targets, the recorded progress, and drafts of plans."""
