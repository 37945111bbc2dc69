"""Files attached to records of lists: judging them, adding and removing them, their pages and their API."""
