"""Words of the libraries that our pages show, translated anew in our own catalogue.

They have Chinese of their own, but say some things otherwise than we do, or not yet:
this project comes first in INSTALLED_APPS, so its translation of the same words wins. Nothing
imports this; `manage.py collect_translations` reads it.
"""

from django.utils.translation import gettext_noop, ngettext_lazy

WORDS = [
    # Django's admin
    gettext_noop("Add %s"),
    gettext_noop("Change %s"),
    gettext_noop("View %s"),
    gettext_noop("Select %s to change"),
    gettext_noop("Select %s to view"),
    gettext_noop("action flag"),
    gettext_noop("log entry"),
    gettext_noop("log entries"),
    gettext_noop("object id"),
    # Django, changed since its Chinese was written
    ngettext_lazy(
        "This password is too short. It must contain at least %d character.",
        "This password is too short. It must contain at least %d characters.",
        10,
    ),
    gettext_noop("%(model)s instance with %(field)s %(value)r is not a valid choice."),
    # django-simple-history
    gettext_noop("Changes"),
    # allauth
    gettext_noop("Authenticator code"),
    gettext_noop("Code"),
    gettext_noop("Incorrect code."),
    gettext_noop("Incorrect password."),
    gettext_noop("New Password (again)"),
    gettext_noop("The phone number and/or password you specified are not correct."),
    gettext_noop("Use authenticator app or code"),
    gettext_noop("Use your password"),
    gettext_noop("You must type the same password each time."),
    gettext_noop(
        "You cannot generate recovery codes without having two-factor authentication enabled."
    ),
]
