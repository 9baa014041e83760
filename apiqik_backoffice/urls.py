"""Every address of the back office."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("apiqik_backoffice.health")),
    path("admin/", admin.site.urls),
    path("api/", include("apiqik_backoffice.api")),
    path("accounts/", include("accounts.pages.sign_in_urls")),
    path("", include("accounts.pages.urls")),
    path("", include("accounts.pages.organization_urls")),
    path("", include("notices.pages.urls")),
    path("", include("billing.pages.payment_urls")),
    path("", include("billing.pages.urls")),
    path("", include("billing.pages.statement_urls")),
    path("", include("compliance.pages.decision_urls")),
    path("", include("compliance.pages.report_urls")),
    path("", include("compliance.pages.urls")),
    path("", include("compliance.pages.evidence_urls")),
]

# Asked for by name, by django-allauth.
handler429 = "accounts.pages.too_many.handler429"
