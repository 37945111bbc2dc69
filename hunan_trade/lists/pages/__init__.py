"""The page of a list and the page of one record; users can save views of a list and choose its columns."""
