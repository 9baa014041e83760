"""Addresses of what customers give to a case: leave to look, certificates of deletion."""

from django.urls import path

from accounts.pages import converters as converters  # registers itself
from compliance.pages import certificates, leaves

OWN = "account/<public_id:public_id>/matters/"

urlpatterns = [
    path(f"{OWN}leaves/", leaves.index, name="interaction-grants"),
    path(f"{OWN}leaves/<public_id:grant>/end/", leaves.end, name="interaction-grant-end"),
    path(f"{OWN}certificates/", certificates.index, name="deletion-certificates"),
]
