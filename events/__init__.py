"""Matchmaking activities, fairs and meetings of the plan's year: what, when, where, and which item asks for it."""
