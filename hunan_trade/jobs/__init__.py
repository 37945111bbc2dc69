"""Background jobs: the job table says what is to be done, a Celery message only wakes a worker up."""
