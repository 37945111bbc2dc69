"""Background jobs: the job table says what is to be done, and Celery messages wake the workers."""
