"""Settings of a real installation: refuses to start on a missing or unsafe value."""

import sys

from apiqik_backoffice.settings.environment import env
from apiqik_backoffice.settings.production_rules import VARIABLES, problems

if found := problems({name: env.str(name, default="") for name in VARIABLES}):
    # Not an exception: whoever starts the product reads sentences, not a traceback.
    sys.exit("These settings keep the product from starting:\n" + "\n".join(found))

# Only now: what is below may take for granted that the values make sense.
from apiqik_backoffice.settings.base import *  # noqa: F403 -- settings are layered by import

SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=365 * 24 * 3600)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=True)
SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", default=True)
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
# Load balancers ask over plain HTTP.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
if env.bool("BEHIND_TLS_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # Without it everybody has the proxy's address, and one person's attempts to sign in
    # are counted against all. Only what the last proxies wrote is believed.
    ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=1)
