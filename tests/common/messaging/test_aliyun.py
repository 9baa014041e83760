"""Alibaba Cloud by its SDK, against a service on loopback that speaks the documented format."""

import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from common.messaging import (
    Asked,
    CannotAsk,
    Config,
    Message,
    NotGenuine,
    Posted,
    ReceiptState,
    Verdict,
    configured,
    keyed_addresses,
)
from common.messaging.aliyun import Aliyun, e164, number_of
from tests.plumbing.aliyun_server import AliyunServer


def receipt_key(name, secret):
    return keyed_addresses.keys(Config(name, "sms", [secret]))[0]


SECRET = "key-id:key-secret"
PHONE = "+8613812345678"
AT = datetime(2026, 11, 29, 15, 55, tzinfo=UTC)  # five to midnight in Shanghai


@pytest.fixture
def service():
    with AliyunServer() as service:
        yield service


@pytest.fixture
def aliyun(settings, service):
    return provider(settings, service)


def provider(settings, service, *, secrets=(SECRET,), **options):
    settings.MESSAGE_PROVIDERS = {
        "aliyun": {
            "class": Aliyun,
            "channel": "sms",
            "secrets": list(secrets),
            "options": {
                "endpoint": service.endpoint,
                "protocol": "http",
                "sign_name": "apiqik",
                "templates": {"code": "SMS_1"},
                "read_milliseconds": 2000,
                **options,
            },
        }
    }
    return configured.get("aliyun")


def message(address=PHONE, **more):
    values = {"template": "code", "params": {"code": "123456"}, **more}
    return Message(reference=str(uuid.uuid4()), address=address, body="码", **values)


def verdicts(answers):
    return [answer.verdict for answer in answers]


def test_a_template_goes_out_with_our_reference(aliyun, service):
    one = message(provider_template="SMS_2", params={"name": "李华", "day": "3月1日"})
    [answer] = aliyun.send([one])
    [sent] = service.sent
    assert answer.verdict is Verdict.ACCEPTED
    assert answer.provider_reference == sent["BizId"]
    assert answer.answer["RequestId"]
    assert (sent["PhoneNumbers"], sent["SignName"]) == ("13812345678", "apiqik")
    assert (sent["TemplateCode"], sent["OutId"]) == ("SMS_2", one.reference)
    assert json.loads(sent["TemplateParam"]) == {"name": "李华", "day": "3月1日"}
    assert aliyun.signature == "【apiqik】"


@pytest.mark.parametrize(
    ("planned", "verdict"),
    [
        ("isv.MOBILE_NUMBER_ILLEGAL", Verdict.REJECTED_FOR_GOOD),
        ("isv.BLACK_KEY_CONTROL_LIMIT", Verdict.REJECTED_FOR_GOOD),
        ("isv.BUSINESS_LIMIT_CONTROL", Verdict.REJECTED_FOR_NOW),
        ("isv.AMOUNT_NOT_ENOUGH", Verdict.REJECTED_FOR_NOW),
        ("isv.SMS_SIGNATURE_ILLEGAL", Verdict.REJECTED_FOR_NOW),
        ("isp.SYSTEM_ERROR", Verdict.AMBIGUOUS),
        (("Throttling.User", 400), Verdict.REJECTED_FOR_NOW),
        (("Throttling", 503), Verdict.REJECTED_FOR_NOW),
        (("ServiceUnavailable", 503), Verdict.REJECTED_FOR_NOW),
        (("InternalError", 500), Verdict.AMBIGUOUS),
        ("silence", Verdict.AMBIGUOUS),
        ("accept, silence", Verdict.AMBIGUOUS),
    ],
)
def test_what_its_codes_mean(aliyun, service, planned, verdict):
    service.answers["13812345678"] = planned
    [answer] = aliyun.send([message()])
    assert answer.verdict is verdict
    assert sum(action == "SendSms" for action, _given in service.calls) == 1  # never twice
    if not isinstance(planned, tuple) and planned.startswith("is"):
        assert answer.answer["Code"] == planned


def test_nobody_there_took_nothing(settings, service):
    service.endpoint = "127.0.0.1:9"
    [answer] = provider(settings, service).send([message()])
    assert answer.verdict is Verdict.REJECTED_FOR_NOW


def test_one_in_doubt_keeps_the_next_group_back(aliyun, service):
    service.answers["13800000003"] = "accept, silence"
    answers = aliyun.send([message(f"+861380000{n:04}") for n in range(20)])
    assert verdicts(answers[:8]).count(Verdict.AMBIGUOUS) == 1
    assert verdicts(answers[8:]) == [Verdict.REJECTED_FOR_NOW] * 12
    assert len(service.sent) == 8


def test_a_text_without_template_never_reaches_it(aliyun, service):
    [answer] = aliyun.send([message(template="other")])
    assert answer.verdict is Verdict.REJECTED_FOR_GOOD
    assert service.calls == []


def test_the_old_key_holds_until_the_new_one_is_known(settings, service):
    aliyun = provider(settings, service, secrets=["new-id:new-secret", SECRET])
    assert verdicts(aliyun.send([message()])) == [Verdict.ACCEPTED]
    service.keys = {"new-id": "new-secret"}
    assert verdicts(aliyun.send([message()])) == [Verdict.ACCEPTED]
    service.keys = {}
    [answer] = aliyun.send([message()])
    assert answer.verdict is Verdict.REJECTED_FOR_NOW
    assert "secret" not in str(answer)


@pytest.mark.parametrize(
    ("address", "number"),
    [(PHONE, "13812345678"), ("+85261234567", "85261234567"), ("+8610123", "8610123")],
)
def test_numbers_as_it_takes_them(address, number):
    assert number_of(address) == number
    assert e164(number) == address


# --- SmsReport ---------------------------------------------------------------------------------


def report(reference="r", *, success=True, code="DELIVERED", **more):
    return {
        "phone_number": "13812345678",
        "send_time": "2026-11-29 23:55:00",
        "report_time": "2026-11-29 23:55:04",
        "success": success,
        "err_code": code,
        "err_msg": "用户接收成功",
        "sms_size": "1",
        "biz_id": "9006^0",
        "out_id": reference,
        **more,
    }


def posted(*lines, key=None):
    key = receipt_key("aliyun", SECRET) if key is None else key
    return Posted(body=json.dumps(lines).encode(), key=key)


def detail(reference, status, code="", **more):
    return {
        "PhoneNum": "13812345678",
        "SendStatus": status,
        "ErrCode": code,
        "TemplateCode": "SMS_1",
        "Content": "【apiqik】123456",
        "SendDate": "2026-11-29 23:55:00",
        "ReceiveDate": "2026-11-29 23:55:04",
        "OutId": reference,
        **more,
    }


def test_a_report_of_delivery(aliyun, service):
    aliyun.verify(posted(report()))
    first, second = aliyun.parse_receipts(posted(report("a"), report("b", biz_id="9007^0")))
    assert (first.state, first.reference) == (ReceiptState.DELIVERED, "a")
    assert (second.provider_reference, second.address) == ("9007^0", PHONE)
    assert first.at == datetime(2026, 11, 29, 15, 55, 4, tzinfo=UTC)
    assert aliyun.parse_receipts(posted(report("a")))[0].key == first.key
    assert service.calls == []


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("MOBILE_NOT_ON_SERVICE", ReceiptState.FAILED_FOR_GOOD),
        ("MOBILE_IN_BLACK", ReceiptState.FAILED_FOR_GOOD),
        ("MK:0001", ReceiptState.FAILED_FOR_NOW),
    ],
)
def test_a_failure_is_confirmed_by_the_provider(aliyun, service, code, state):
    failure = posted(report("a", success=False, code=code))
    with pytest.raises(CannotAsk):
        aliyun.parse_receipts(failure)
    service.details = [detail("a", 2, code)]
    [receipt] = aliyun.parse_receipts(failure)
    assert (receipt.state, receipt.detail["err_code"]) == (state, code)
    service.details = [detail("a", 3)]
    [receipt] = aliyun.parse_receipts(failure)
    assert receipt.state is ReceiptState.DELIVERED


@pytest.mark.parametrize("key", ["", "x", receipt_key("aliyun", "key-id:another"), SECRET])
def test_an_address_without_its_key_is_refused(aliyun, key):
    with pytest.raises(NotGenuine):
        aliyun.verify(posted(report(), key=key))


def test_both_secrets_have_a_key(settings, service):
    aliyun = provider(settings, service, secrets=["new-id:new-secret", SECRET])
    for secret in ("new-id:new-secret", SECRET):
        aliyun.verify(posted(report(), key=receipt_key("aliyun", secret)))


@pytest.mark.parametrize(
    "body", [b"", b"{}x", b"1", b"[1]", b'[{"success": true}]', b'"x"', b"null", b"\xff"]
)
def test_what_is_no_report_is_refused(aliyun, body):
    with pytest.raises(NotGenuine):
        aliyun.parse_receipts(Posted(body=body))


def test_what_a_report_says_can_be_kept(aliyun):
    [receipt] = aliyun.parse_receipts(posted(report("a", err_msg="x\x00y\ud83d")))
    json.dumps(receipt.detail).encode()
    assert "\x00" not in receipt.detail["err_msg"]


# --- QuerySendDetails --------------------------------------------------------------------------


def asked(reference="a", at=AT):
    return Asked(reference=reference, address=PHONE, at=at)


@pytest.mark.parametrize(
    ("status", "state"), [(1, None), (2, ReceiptState.FAILED_FOR_NOW), (3, ReceiptState.DELIVERED)]
)
def test_what_it_knows_of_a_message(aliyun, service, status, state):
    service.details = [detail("other", 2), detail("a", status, "X")]
    answer = aliyun.query(asked())
    assert answer.known
    assert (answer.receipt.state if answer.receipt else None) == state
    assert answer.raw["OutId"] == "a"


def test_it_is_found_on_the_next_day_and_on_a_later_page(aliyun, service):
    many = [detail(f"o{n}", 3, SendDate="2026-11-30 00:00:01") for n in range(70)]
    service.details = [*many, detail("a", 3, SendDate="2026-11-30 00:00:02")]
    assert aliyun.query(asked()).known


@pytest.mark.parametrize(
    ("later", "is_sure"),
    [
        (timedelta(minutes=1), False),
        (timedelta(minutes=11), True),
        (timedelta(days=28), True),
        (timedelta(days=31), False),
    ],
)
def test_when_it_is_sure_to_have_taken_nothing(aliyun, service, later, is_sure):
    service.now = AT + later
    if is_sure:
        assert not aliyun.query(asked()).known
    else:
        with pytest.raises(CannotAsk):
            aliyun.query(asked())


def test_it_cannot_be_asked_while_it_is_away(settings, service):
    service.endpoint = "127.0.0.1:9"
    with pytest.raises(CannotAsk):
        provider(settings, service).query(asked())


def test_accepted_then_silent_is_reconciled(aliyun, service):
    """It took the message and said nothing; asked later, it knows it by our reference."""
    service.answers["13812345678"] = "accept, silence"
    one = message()
    [answer] = aliyun.send([one])
    assert answer.verdict is Verdict.AMBIGUOUS
    service.details = [detail(service.sent[0]["OutId"], 3)]
    assert aliyun.query(asked(one.reference)).receipt.state is ReceiptState.DELIVERED


# --- before a change is approved ---------------------------------------------------------------


def test_what_keeps_a_text_from_being_sent(aliyun, service):
    service.templates = {
        "SMS_1": {"TemplateStatus": 1, "TemplateContent": "验证码${code}，${name}您好"},
        "SMS_2": {"TemplateStatus": 0, "TemplateContent": "您好", "Reason": "审核中"},
    }
    texts = [
        message(),
        message(template="x", provider_template="SMS_2"),
        message(template="x", provider_template="SMS_3"),
        message(template="none"),
    ]
    problems = {(one.code, one.message) for one in aliyun.preflight(texts)}
    assert problems == {
        ("no_parameter", "SMS_1 asks for ${name}."),
        ("not_approved", "SMS_2 is not approved. 审核中"),
        ("no_template", "SMS_3: isv.SMS_TEMPLATE_ILLEGAL"),
        ("no_template", "“none” has no approved template."),
    }
    assert aliyun.preflight([message(params={"code": "1", "name": "李"})]) == []


def test_preflight_cannot_be_asked_while_it_is_away(settings, service):
    service.endpoint = "127.0.0.1:9"
    with pytest.raises(CannotAsk):
        provider(settings, service).preflight([message()])
