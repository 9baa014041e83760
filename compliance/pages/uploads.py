"""Requests with files: refused by their size before anything of them is read."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from compliance.pages.report_forms import MOST_OF_ALL_FILES, ROOM_FOR_TEXT

Page = Callable[..., HttpResponseBase]
FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
MOST_OF_A_REQUEST = MOST_OF_ALL_FILES + ROOM_FOR_TEXT


def takes_files(page: Page) -> Page:
    """413 with a sentence for more than all files and texts of a form may have, and 400 for
    what no form sends; only then is the form's token checked, which reads the whole request.
    """
    guarded = csrf_protect(page)

    @csrf_exempt  # checked inside, once the size of the request is known
    @wraps(page)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "POST" and request.content_type not in FORMS:
            raise BadRequest
        if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_OF_A_REQUEST:
            context = {"most": filesizeformat(MOST_OF_ALL_FILES)}
            return render(request, "customer/reports/too_large.html", context, status=413)
        return guarded(request, *args, **kwargs)

    return checked
