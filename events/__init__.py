"""Holds the register of activities, fairs and meetings, which may be linked to items of the work plan."""
