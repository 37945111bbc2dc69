"""Background jobs, which are stored in a database table and run by Celery workers."""
