"""The judges of the faults see a gap and a double when there is one."""

import pytest

from accounts.models import User
from common import clock
from tests.faults.figures import Figures
from tests.notices.making import make_announced
from tests.plumbing.crowd import make_crowd, told


@pytest.mark.django_db
def test_one_who_was_not_told_is_a_gap(mailbox, phone_messages):
    crowd = make_crowd(3)
    User.objects.filter(pk=crowd[0].holder_id).update(contact_email_verified_at=None)
    change = make_announced(*crowd)
    assert told(change, "announced").without_a_delivery == 0
    User.objects.filter(pk=crowd[0].holder_id).update(contact_email_verified_at=clock.now())
    found = told(change, "announced")
    assert (found.people, found.notices, found.pairs, found.deliveries) == (3, 3, 6, 5)
    assert found.without_a_delivery == 1  # now there is somebody who got no e-mail
    assert told(change, "in_effect").people == 0


def test_a_figure_that_is_short_is_remembered():
    figures = Figures()
    figures.exactly("a.people", 3, 3)
    figures.between("b.arrived", 5, 3, 4)
    figures.at_most("c.seconds", 11.04, 10)
    assert figures.lines == [
        "a.people 3 =3 ok",
        "b.arrived 5 3..4 short",
        "c.seconds 11.0 <=10 short",
    ]
    assert len(figures.short) == 2
