"""The API: closed unless a view opens itself, JSON only, one shape of refusal."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from apiqik_backoffice.settings.payments import PAYMENT_PROVIDERS, callback_paths

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["common.api.rules.Nobody"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "common.api.rules.AlwaysFirst",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "common.api.problems.handler",
    "URL_FORMAT_OVERRIDE": None,
}

# Asked by gateways all the time, with every call of a customer, and by payment providers, so
# without what looks after people.
MACHINE_PATHS = [
    "/api/v1/access",
    "/api/v1/enforcement",
    "/api/v1/enforcement/snapshot",
    *callback_paths(PAYMENT_PROVIDERS),
]
MACHINE_MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
]

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": _("apiqik back office"),
    "DESCRIPTION": _("What the platform's gateway and other services ask of the back office."),
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    # The page that explains the API lists the values itself.
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
}
