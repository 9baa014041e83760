"""The doors of allauth that are open in this step, one by one.

Not `allauth.urls`: it would also open e-mail addresses beside the contact e-mail, resets
by e-mail alone and changes of phone, which staff make (clause 1.2.6, docs/getting-back-in.md).
"""

from allauth.account import views
from django.urls import include, path

from accounts.pages import connected_logins, passwords, recoveries, resets
from accounts.pages import converters as converters  # registers itself

urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("signup/", views.signup, name="account_signup"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("phone/verify/", views.verify_phone, name="account_verify_phone"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("password/set/", views.password_set, name="account_set_password"),
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
    path("sessions/", include("allauth.usersessions.urls")),
]
