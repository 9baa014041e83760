"""What somebody who cannot sign in may do."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def explain(request: HttpRequest) -> HttpResponse:
    """Passwords are reset by support, who check the person first."""
    return render(request, "customer/password_help.html")
