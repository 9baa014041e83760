"""Settings of `make run`: everything works with nothing configured."""

import base64
import hashlib

from apiqik_backoffice.log_redaction import logging_settings
from apiqik_backoffice.settings.base import *  # noqa: F403 -- settings are layered by import
from apiqik_backoffice.settings.base import LOG_LEVEL, MACHINE_PATHS, PORT, VAR_DIR
from apiqik_backoffice.settings.environment import env
from apiqik_backoffice.settings.keys import field_encryption_keys, keys_of
from apiqik_backoffice.settings.payments import PAYMENT_PROVIDERS, callback_paths, loopback
from apiqik_backoffice.settings.production_rules import DEVELOPMENT_SECRET

DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=True)
SECRET_KEY = env.str("SECRET_KEY", default=DEVELOPMENT_SECRET)
FIELD_ENCRYPTION_KEYS = field_encryption_keys(
    env.list(
        "FIELD_ENCRYPTION_KEYS",
        default=[
            "development:"
            + base64.b64encode(hashlib.sha256(DEVELOPMENT_SECRET.encode()).digest()).decode()
        ],
    )
)
_seed = hashlib.sha256(f"seals {DEVELOPMENT_SECRET}".encode()).digest()
SEAL_KEYS = keys_of(
    "SEAL_KEYS",
    env.list("SEAL_KEYS", default=[f"development:{base64.b64encode(_seed).decode()}"]),
)
_secret = hashlib.sha256(f"enforcement {DEVELOPMENT_SECRET}".encode()).digest()
ENFORCEMENT_KEYS = keys_of(
    "ENFORCEMENT_KEYS",
    env.list("ENFORCEMENT_KEYS", default=[f"development:{base64.b64encode(_secret).decode()}"]),
)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
SITE_URL = env.str("SITE_URL", default=f"http://localhost:{PORT}")

MESSAGE_TOYS_ALLOWED = True
PAYMENT_TOYS_ALLOWED = True
PAYMENT_PROVIDERS = PAYMENT_PROVIDERS or loopback(VAR_DIR / "loopback", DEVELOPMENT_SECRET)
MACHINE_PATHS = [*MACHINE_PATHS, *callback_paths(PAYMENT_PROVIDERS)]

LOG_FORMAT = env.str("LOG_FORMAT", default="console")
LOGGING = logging_settings(level=LOG_LEVEL, form=LOG_FORMAT)
