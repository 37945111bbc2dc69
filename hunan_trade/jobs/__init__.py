"""Background jobs: a table is the truth, a Celery message only a wake-up."""
