"""Addresses of customers' statements."""

from django.urls import path

from accounts.pages import converters as converters  # registers itself
from billing.pages import statement_pages

OWN = "account/<public_id:public_id>/money/statements/"

urlpatterns = [
    path("money/statements/", statement_pages.index, name="money_statement"),
    path(OWN, statement_pages.statement, name="money_statement"),
    path(f"{OWN}file/", statement_pages.statement_file, name="money_statement_file"),
]
