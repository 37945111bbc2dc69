"""Holds the year's activities, fairs and meetings, each linked to an item of the work plan."""
