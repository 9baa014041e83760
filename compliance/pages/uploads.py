"""Requests with files: refused by their size before anything of them is read."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat

from compliance.pages.report_forms import MOST_OF_ALL_FILES, ROOM_FOR_TEXT

Page = Callable[..., HttpResponse]
MOST_OF_A_REQUEST = MOST_OF_ALL_FILES + ROOM_FOR_TEXT


def bounded(page: Page) -> Page:
    """413 with a sentence for more than all files and texts of a form may have.

    Goes outside of what checks the form's token, for that reads the whole request.
    """

    @wraps(page)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_OF_A_REQUEST:
            context = {"most": filesizeformat(MOST_OF_ALL_FILES)}
            return render(request, "customer/reports/too_large.html", context, status=413)
        return page(request, *args, **kwargs)

    return checked
