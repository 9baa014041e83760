"""A project as `startproject` makes it, on the same database and models.

Django's own admin site with its own templates, and REST framework as it comes.
"""

from tests.bench.settings import *  # noqa: F403 -- the same database
from tests.bench.settings import INSTALLED_APPS

STOCK = {
    "apiqik_backoffice.apps.StaffAdminConfig": "django.contrib.admin.apps.SimpleAdminConfig",
    "allauth.account": "tests.bench.stock_apps.TablesOnly",
}
INSTALLED_APPS = [
    STOCK.get(app, app)
    for app in INSTALLED_APPS
    # Whose templates take the place of Django's.
    if app != "apiqik_backoffice.apps.BackOfficeConfig"
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "tests.bench.stock_urls"
REST_FRAMEWORK = {"DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"]}
FORMAT_MODULE_PATH = []
LOGGING = {"version": 1, "disable_existing_loggers": False}
