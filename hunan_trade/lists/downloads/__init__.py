"""Files of a list's records, written at once or by a job."""
