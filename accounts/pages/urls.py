"""Addresses of the customer's own pages, and of a staff invitation."""

from django.urls import path

from accounts.pages import (
    accounts,
    agreements,
    connected_logins,
    guardians,
    language,
    leaving,
    names,
    recoveries,
    settings,
    staff,
    welcome,
)
from accounts.pages import converters as converters  # registers itself

urlpatterns = [
    path("", accounts.home, name="home"),
    path("account/<public_id:public_id>/", accounts.account, name="account"),
    path("account/<public_id:public_id>/services/", accounts.services, name="account_services"),
    path("account/<public_id:public_id>/name/", names.rename, name="account_name"),
    path("account/<public_id:public_id>/agree/", agreements.agree, name="agree"),
    path(
        "account/<public_id:public_id>/agreements/<slug:slug>/<int:number>/",
        agreements.answer,
        name="answer_version",
    ),
    path(
        "account/<public_id:public_id>/agreements/<slug:slug>/<int:number>/object/",
        agreements.object_to,
        name="object_to_version",
    ),
    path(
        "account/<public_id:public_id>/close/",
        leaving.organization,
        name="close_account",
    ),
    path(
        "account/<public_id:public_id>/close/ask/",
        leaving.ask_for_organization,
        name="close_account_ask",
    ),
    path(
        "account/<public_id:public_id>/close/back/",
        leaving.take_organization_back,
        name="close_account_back",
    ),
    path("leave/", leaving.person, name="leave"),
    path("leave/ask/", leaving.ask, name="leave_ask"),
    path("leave/back/", leaving.take_back, name="leave_back"),
    path("agreements/", agreements.index, name="agreements"),
    path("agreements/<slug:slug>/", agreements.current, name="agreement"),
    path("agreements/<slug:slug>/<int:number>/", agreements.version, name="agreement_version"),
    path(
        "agreements/<slug:slug>/<int:number>/changes/<int:since>/",
        agreements.changes,
        name="agreement_changes",
    ),
    path("settings/", settings.edit, name="settings"),
    path("settings/email/", settings.ask_for_email, name="contact_email"),
    path("settings/email/<str:token>/", settings.confirm_email, name="confirm_contact_email"),
    path("settings/phone/stop/", recoveries.stop_own, name="stop_own_recovery"),
    path("settings/logins/", connected_logins.index, name="connected_logins"),
    path(
        "settings/logins/<slug:provider_id>/connect/",
        connected_logins.connect,
        name="connect_login",
    ),
    path(
        "settings/logins/<public_id:public_id>/disconnect/",
        connected_logins.disconnect,
        name="disconnect_login",
    ),
    path("welcome/", welcome.welcome, name="welcome"),
    path("guardian/", guardians.ask, name="guardian"),
    path("guardian/<str:token>/", guardians.consent_to, name="guardian_consent"),
    path("language/", language.choose, name="set_language"),
    path("staff/invitation/<str:token>/", staff.accept_invitation, name="staff_invitation"),
]
