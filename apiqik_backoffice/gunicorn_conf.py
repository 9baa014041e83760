"""How gunicorn serves the site; addresses come from the settings.

Threads, because a page that waits for the database or a mail server should not
keep the others waiting; two processes, so that one stuck in Python does not stop
the site. Each thread keeps its own database connection.
"""

from django.conf import settings

bind = f"{settings.BIND_ADDRESS}:{settings.PORT}"
worker_class = "gthread"
workers = 2
# Beside those that work, as many as may wait for the enforcement feed.
threads = 4 + settings.ENFORCEMENT_WAITERS
timeout = 60
graceful_timeout = 10
keepalive = 5
max_requests = 20_000
max_requests_jitter = 2_000
worker_tmp_dir = None
control_socket_disable = True
# Requests are logged by django_structlog, with what is personal taken out.
accesslog = None
errorlog = "-"
loglevel = "warning"
