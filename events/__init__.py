"""Matchmaking activities, fairs and meetings of a year, each with the item of the work plan that asks for it."""
