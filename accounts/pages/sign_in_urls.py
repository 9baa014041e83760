"""The doors of allauth that are open in this step, one by one.

Not `allauth.urls`: it would also open e-mail addresses beside the contact e-mail, resets
by e-mail alone and changes of phone, which staff make (clause 1.2.6, docs/getting-back-in.md).
"""

from allauth.account import views
from django.urls import include, path

from accounts.pages import (
    connected_logins,
    password_strength,
    passwords,
    recoveries,
    resets,
    sign_up,
    signing_in,
)
from accounts.pages import converters as converters  # registers itself

urlpatterns = [
    path("login/", signing_in.sign_in, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("signup/", sign_up.phone, name="account_signup"),
    path("signup/code/", sign_up.code, name="sign_up_code"),
    path("signup/known/", sign_up.known, name="sign_up_known"),
    path("signup/credentials/", sign_up.credentials, name="sign_up_credentials"),
    path("signup/declarations/", sign_up.declarations, name="sign_up_declarations"),
    path("signup/agreements/", sign_up.agreements, name="sign_up_agreements"),
    path("signup/over/", sign_up.start_over, name="sign_up_start_over"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("phone/verify/", signing_in.verify_phone, name="account_verify_phone"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("password/set/", views.password_set, name="account_set_password"),
    path("password/strength/", password_strength.measure, name="password_strength"),
    path("password/help/", passwords.explain, name="password_help"),
    path("forgotten/", resets.begin, name="password_forgotten"),
    path("forgotten/code/", resets.code, name="password_forgotten_code"),
    path("forgotten/proof/", resets.proof, name="password_forgotten_proof"),
    path("forgotten/password/", resets.new_password, name="password_forgotten_new"),
    path("lost-phone/", recoveries.ask, name="lost_phone"),
    path("lost-phone/code/", recoveries.confirm, name="lost_phone_code"),
    path(
        "lost-phone/stop/<public_id:public_id>/<slug:mark>/",
        recoveries.stop,
        name="stop_recovery",
    ),
    path("with/<slug:provider_id>/", connected_logins.sign_in, name="openid_connect_login"),
    path(
        "with/<slug:provider_id>/back/",
        connected_logins.callback,
        name="openid_connect_callback",
    ),
    path("2fa/", include("allauth.mfa.urls")),
    path("sessions/<int:number>/end/", signing_in.end_session, name="usersessions_end"),
    path("sessions/", include("allauth.usersessions.urls")),
]
