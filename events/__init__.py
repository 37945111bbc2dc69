"""Holds the year's activities, fairs and meetings, each with its item of the work plan."""
