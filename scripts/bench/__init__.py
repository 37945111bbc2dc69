"""`make bench`: each path beside what a Django user gets by default, or beside itself at a tenth of the data."""
