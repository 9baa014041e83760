"""A project that sends e-mail and does nothing else."""

import os

SECRET_KEY = "benchmarks-only"
INSTALLED_APPS: list[str] = []
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST, EMAIL_PORT = "127.0.0.1", int(os.environ["BENCH_SMTP"])
USE_TZ = True
