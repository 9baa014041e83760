"""What somebody who cannot sign in may do."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def explain(request: HttpRequest) -> HttpResponse:
    """The two ways back in: phone with a second proof, or with the help of staff."""
    return render(request, "customer/password_help.html")
