"""REST endpoints for lists of records, such as the parks or the projects."""
