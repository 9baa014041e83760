"""Settings of `make run`: everything works with nothing configured."""

from apiqik_backoffice.settings.base import *  # noqa: F403 -- settings are layered by import
from apiqik_backoffice.settings.base import env

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env("SECRET_KEY", default="development-only-" + "x" * 50)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
DATABASES = {"default": env.db_url("DATABASE_URL")}
