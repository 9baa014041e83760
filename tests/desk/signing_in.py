"""Short ways to make members of staff and sign them in, with or without a factor."""

import time

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.internal.flows.login import _AUTHENTICATION_METHODS_USER_SESSION_KEY
from django.contrib.auth.models import Group
from django.test import Client

from accounts import second_factor
from tests.accounts.making import make_person


def sign_in(user, *methods, ago=0, client=None):
    """A browser whose session was signed in by `methods`, `ago` seconds ago."""
    client = client or Client()
    client.force_login(user)
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        {"method": method, "at": time.time() - ago} for method in methods
    ]
    session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(user.pk)
    session.save()
    return client


def proved(person, client=None):
    """A browser in which the person typed their password once more, a moment ago."""
    browser = sign_in(person, "password", client=client)
    session = browser.session
    for record in session[AUTHENTICATION_METHODS_SESSION_KEY]:
        record["reauthenticated"] = True
    session.save()
    return browser


def staff(*groups, ago=0, **fields):
    """A member of staff with a second factor, and their signed-in browser."""
    user = make_person(**{"is_staff": True, "language": "en", "name": "Staff", **fields})
    user.groups.set(Group.objects.filter(name__in=groups))
    second_factor.set_up(user=user)
    return user, sign_in(user, "password", "mfa", ago=ago)
