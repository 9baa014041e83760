"""PostgreSQL and Valkey from wheels, for development and tests.

Production names its own servers by DATABASE_URL and CELERY_BROKER_URL and uses
nothing in this package.
"""
