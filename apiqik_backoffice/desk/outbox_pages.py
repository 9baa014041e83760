"""The outbox's pages: for whoever may read what customers are sent."""

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from apiqik_backoffice.desk import outbox

PERMISSION = "accounts.read_outbox"


def _check(request: HttpRequest) -> None:
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    if outbox.outbox_folder() is None:
        raise Http404


def index(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """The newest e-mails and text messages."""
    _check(request)
    context = {
        **site.each_context(request),
        "title": _("Outbox"),
        "mails": outbox.mails(),
        "texts": outbox.texts(),
    }
    return TemplateResponse(request, "desk/outbox.html", context)


def email(request: HttpRequest, *, site: AdminSite, name: str) -> HttpResponse:
    """One e-mail, its source as text."""
    _check(request)
    mail = outbox.read_mail(name)
    if mail is None:
        raise Http404
    context = {
        **site.each_context(request),
        "title": mail.subject or pgettext("messages", "E-mail"),
        "mail": mail,
    }
    return TemplateResponse(request, "desk/outbox_email.html", context)


def sms(request: HttpRequest, *, site: AdminSite, name: str) -> HttpResponse:
    """One text message."""
    _check(request)
    text = outbox.read_text(name)
    if text is None:
        raise Http404
    context = {**site.each_context(request), "title": text.to, "text": text}
    return TemplateResponse(request, "desk/outbox_sms.html", context)
