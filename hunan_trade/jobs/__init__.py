"""Background jobs, which are stored in a table and run by Celery workers."""
