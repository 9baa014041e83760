"""The access decision goes a short way: what it may leave out, and what it may not."""

import pytest
from django.db import DataError, connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from rest_framework.exceptions import ValidationError

from accounts import credentials
from accounts.access import decide_for_account
from accounts.api.serializers import AccessDecisionSerializer, AccessQuestionSerializer, question_in
from accounts.models import ServiceClient
from common import clock, prepared
from tests.accounts.making import make_account, make_person, make_service, restrict


def test_the_body_is_what_its_documented_fields_would_make_of_it(ungated, clock, db):
    from common.clock import now

    account, service = make_account(), make_service()
    restrict(account)
    clock.advance(seconds=1)
    asked = {"account": account.public_id, "service": service.slug}
    decision = decide_for_account(public_id=account.public_id, service=service.slug, at=now())

    body = AccessDecisionSerializer.answer(decision, asked=asked, at=now())

    assert not decision.allowed
    assert list(body) == list(AccessDecisionSerializer().fields)
    reread = AccessDecisionSerializer(body | {"since": decision.since}).data
    assert reread["since"] == body["since"]
    assert str(reread["reference"]) == str(body["reference"])


@pytest.mark.parametrize(
    "address",
    [
        "",
        "service=a",
        "account=acc_1&key_digest=" + "0" * 64 + "&service=a",
        "account=acc_1&service=a&service=b",
        "account=acc_1&service=a&model=",
        "account=acc_1&service=a&colour=red",
        "account=acc_%00&service=a",
        "key_digest=" + "A" * 64 + "&service=a",
    ],
)
def test_what_is_not_seen_at_a_glance_the_serializer_refuses(address):
    sent = QueryDict(address)
    with pytest.raises(ValidationError):
        AccessQuestionSerializer(data=sent).is_valid(raise_exception=True)
    with pytest.raises(ValidationError):
        question_in(sent)


def test_a_glance_and_the_serializer_read_alike():
    sent = QueryDict("account=acc_1&service=a-b&model=m&region=cn")
    question = AccessQuestionSerializer(data=sent)
    question.is_valid(raise_exception=True)
    assert question_in(sent) == question.validated_data


def test_no_session_is_looked_up_and_no_cookie_is_set(db, client):
    _gateway, token = ServiceClient.issue(
        name="gateway", scopes=[ServiceClient.Scope.ACCESS_READ], created_by=make_person()
    )
    client.force_login(make_person())
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(
            "/api/v1/access?account=acc_1&service=a", headers={"Authorization": f"Bearer {token}"}
        )
    assert answer.status_code == 200
    assert not answer.cookies
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert not [one for one in captured.captured_queries if "session" in one["sql"]]


def test_tokens_that_ended_are_nobodys(db):
    client, secret = ServiceClient.issue(name="gateway", scopes=[], created_by=make_person())
    digest = credentials.digest(secret)
    shown = ServiceClient.showing(digest=digest)
    assert shown == client
    assert shown.shown_at is not None
    assert shown.shown_at <= clock.now()
    client.revoke(at=shown.shown_at)
    assert ServiceClient.showing(digest=digest) is None
    assert ServiceClient.showing(digest="") is None


def test_prepared_statements_see_the_transaction_and_their_errors_are_djangos(db):
    person = make_person()
    statement = "SELECT name FROM accounts_user WHERE id = %(id)s::text::bigint"
    for _turn in range(2):
        assert prepared.rows(statement, {"id": str(person.pk)}) == [(person.name,)]
    type(person).objects.filter(pk=person.pk).update(name="Grace")
    assert prepared.rows(statement, {"id": str(person.pk)}) == [("Grace",)]
    assert connection.connection.prepare_threshold is None
    with pytest.raises(DataError):
        prepared.rows(statement, {"id": "x"})


def test_behind_a_pooler_nothing_is_prepared(db, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    statement = "SELECT %(n)s::int + 41007"
    assert prepared.rows(statement, {"n": 1}) == [(41008,)]
    found = prepared.rows(
        "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %(like)s",
        {"like": "%41007%"},
    )
    assert found == [(0,)]
