"""Short ways to find texts and to make those who write them."""

from django.contrib.auth.models import Group, Permission

from notices.models import Template
from tests.accounts.making import make_person


def make_writer(*more, **fields):
    """A member of staff who may write texts, and with further permissions of notices."""
    person = make_person(**{"is_staff": True, "name": "Writer", "language": "en", **fields})
    group = Group.objects.create(name=f"writers of {person.public_id}")
    group.permissions.set(
        Permission.objects.filter(
            content_type__app_label="notices", codename__in=["add_template", *more]
        )
    )
    person.groups.add(group)
    return person


def text_of(channel, *, kind="suspension", phase="announced", language="en"):
    """The newest version of a text."""
    return Template.objects.newest().get(kind=kind, phase=phase, channel=channel, language=language)
