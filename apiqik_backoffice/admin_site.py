"""The staff's admin site: who gets in, and what surrounds every page."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.decorators import method_decorator
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from common.admin.sessions import Standing, mark_seen, standing


class StaffSite(AdminSite):
    """Admits active staff whose session was signed in with a second factor.

    There is no second sign-in form and no second page to change a password: both are
    the ones every person uses.
    """

    site_header = gettext_lazy("apiqik back office")
    site_title = gettext_lazy("apiqik back office")
    index_title = gettext_lazy("Today")
    index_template = "desk/today.html"
    enable_nav_sidebar = False

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.disable_action("delete_selected")

    # -- who gets in -------------------------------------------------------------

    def has_permission(self, request: HttpRequest) -> bool:
        return standing(request) is Standing.ADMITTED

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Guards a page and notes that the session is in use."""
        guarded = super().admin_view(view, cacheable)

        @never_cache
        def turned_away(request: HttpRequest) -> HttpResponse:
            return turn_away(request)

        def outer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            # Before Django's own check, which would lose the reason on the way.
            if not self.has_permission(request):
                return turned_away(request)
            mark_seen(request)
            response: HttpResponse = guarded(request, *args, **kwargs)
            return response

        return update_wrapper(outer, guarded)

    @method_decorator(never_cache)
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if self.has_permission(request):
            return HttpResponseRedirect(reverse("admin:index", current_app=self.name))
        return turn_away(request, wanted=reverse("admin:index", current_app=self.name))

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return HttpResponseRedirect(reverse("account_logout"))

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        return HttpResponseRedirect(reverse("account_change_password"))

    password_change_done = password_change

    # -- pages of the site itself ------------------------------------------------

    def get_urls(self) -> list[URLPattern | URLResolver]:
        from apiqik_backoffice.desk import outbox_pages, pages

        own = [
            path("records/", self._page(pages.records), name="records"),
            path("search/", self._page(pages.search), name="search"),
            path("outbox/", self._page(outbox_pages.index), name="outbox"),
            path("outbox/email/<str:name>/", self._page(outbox_pages.email), name="outbox_email"),
            path("outbox/sms/<str:name>/", self._page(outbox_pages.sms), name="outbox_sms"),
        ]
        return [*own, *super().get_urls()]

    def _page(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        def page(request: HttpRequest, **arguments: Any) -> HttpResponse:
            return view(request, site=self, **arguments)

        guarded: Callable[..., HttpResponse] = self.admin_view(page)
        return guarded

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        from apiqik_backoffice.desk.today import today_context

        return super().index(request, {**today_context(request), **(extra_context or {})})

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        from apiqik_backoffice.desk.side_bar import side_bar

        admitted = self.has_permission(request)
        context: dict[str, Any] = {
            "site_title": self.site_title,
            "site_header": self.site_header,
            "site_url": self.site_url,
            "has_permission": admitted,
            # Every model with its addresses and permissions, for pages that list them.
            "available_apps": SimpleLazyObject(lambda: self.get_app_list(request)),
            "is_popup": False,
            "is_nav_sidebar_enabled": False,
            "log_entries": self.get_log_entries(request),
        }
        if admitted:
            context["side_bar"] = side_bar(request)
            context["languages"] = settings.LANGUAGES
        return context


def turn_away(request: HttpRequest, *, wanted: str = "") -> HttpResponse:
    """Sends whoever may not enter to where they can put that right, and back after."""
    why = standing(request)
    if why is Standing.NOT_STAFF:
        return render(request, "desk/not_for_you.html", status=403)
    if why is Standing.EXPIRED:
        logout(request)
        messages.info(request, _("Your session has ended. Sign in again to go on."))
    page = {
        Standing.WITHOUT_FACTOR: "mfa_activate_totp",
        Standing.FACTOR_NOT_SHOWN: "mfa_reauthenticate",
    }.get(why, "account_login")
    # After a form was posted there is nothing to come back to but its page.
    query = urlencode({"next": wanted or request.get_full_path()})
    return HttpResponseRedirect(f"{reverse(page)}?{query}")
