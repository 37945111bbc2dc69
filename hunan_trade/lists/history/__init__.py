"""History of records, with versions written by triggers, timelines, and lists as of a past day."""
