"""`make bench`: every hot path beside its floor and beside what a Django user gets by default, in one run."""
