"""Downloads of a list's records as files, written at once or by a background job."""
