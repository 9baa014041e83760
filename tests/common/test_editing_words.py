"""Values of a form, made plain to be compared and put into words to be read."""

from datetime import UTC, date, datetime

import pytest
from django import forms
from django.utils import timezone
from django.utils.translation import override

from accounts.models import Service, User
from common.admin.editing import plain, words
from tests.accounts.making import make_person, make_service

NOON = datetime(2026, 11, 22, 4, 0, 0, 500, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ""),
        ("a\r\nb", "a\nb"),
        (True, "True"),
        (5, "5"),
        (NOON, "2026-11-22T04:00:00+00:00"),
        (datetime(2026, 11, 22, 12, 0), "2026-11-22T04:00:00+00:00"),
        (date(2026, 11, 22), "2026-11-22"),
        (["b", "a"], ["a", "b"]),
    ],
)
def test_plain_values_compare_whatever_a_widget_did_to_them(value, expected):
    assert plain(value) == expected


@pytest.mark.django_db
def test_records_are_compared_by_key_and_read_by_name():
    person, service = make_person(name="Ada"), make_service()
    field = forms.ModelChoiceField(User.objects.all())
    assert words(field, plain(person)) == "Ada"
    assert words(field, "") == ""
    assert words(field, "999999") == "999999"
    many = forms.ModelMultipleChoiceField(Service.objects.all())
    with override("en"):
        assert words(many, plain(Service.objects.all())) == "Image generation"
    assert plain(service) == str(service.pk)


def test_words_of_simple_fields():
    choice = forms.ChoiceField(choices=[("a", "Alpha")])
    with override("en"), timezone.override("Asia/Shanghai"):
        assert words(choice, "a") == "Alpha"
        assert words(choice, "gone") == "gone"
        assert words(forms.BooleanField(), "True") == "yes"
        assert words(forms.BooleanField(), "False") == "no"
        assert words(forms.DateTimeField(), plain(NOON)) == "22 Nov 2026, 12:00"
        assert words(forms.CharField(), "x") == "x"
