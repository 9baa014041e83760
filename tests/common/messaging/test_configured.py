"""The providers that the settings name, and what the settings may not say."""

import json

import pytest
from django.core.exceptions import ImproperlyConfigured

from apiqik_backoffice.settings.message_providers import by_email, by_sms, completed
from common.exceptions import NotRegistered
from common.messaging import Message, Verdict, checks, configured
from common.messaging.memory import Memory
from common.messaging.texts import send_text
from tests.plumbing.receiving import use_texts

MESSAGE = Message(address="+8613812345678", body="您好", template="code", reference="r-1")
MEMORY = "common.messaging.memory.Memory"


def test_the_first_of_a_channel_is_preferred(settings):
    settings.MESSAGE_PROVIDERS = {
        "a": {"class": MEMORY, "channel": "sms"},
        "mail": {"class": MEMORY, "channel": "email"},
        "b": {"class": MEMORY, "channel": "sms", "secrets": ["new", "old"], "options": {"x": 1}},
    }
    assert configured.names("sms") == ["a", "b"]
    assert configured.preferred("sms").name == "a"
    there = configured.get("b")
    assert (there.channel, there.config.secrets, there.config.options) == (
        "sms",
        ("new", "old"),
        {"x": 1},
    )
    assert configured.get("b") is there
    settings.MESSAGE_PROVIDERS = {"b": {"class": MEMORY, "channel": "sms"}}
    assert configured.get("b").config.secrets == ()
    with pytest.raises(NotRegistered):
        configured.get("a")
    with pytest.raises(NotRegistered):
        configured.preferred("email")


def test_a_world_of_its_own_while_it_lasts(settings):
    use_texts(settings, "memory://")
    with configured.replaced({"demo": {"class": Memory, "channel": "sms"}}):
        assert configured.preferred("sms").name == "demo"
        assert configured.names("email") == []
    assert configured.preferred("sms").name == "memory"


def test_addresses_of_newcomers_fill_what_is_not_named():
    own = {"aliyun": {"class": "x.Y", "channel": "sms"}}
    assert list(completed({}, sms_url="file:///tmp/sms")) == ["smtp", "file"]
    assert list(completed(own, sms_url="")) == ["aliyun", "smtp"]
    assert by_sms("https://s%2Fecret@sms.example.com:8443/a?b=c")["http"] == {
        "class": "common.messaging.http_gateway.HttpGateway",
        "channel": "sms",
        "secrets": ["s/ecret"],
        "options": {"url": "https://sms.example.com:8443/a?b=c"},
    }
    with pytest.raises(ImproperlyConfigured, match="pigeon"):
        by_sms("pigeon://loft")


@pytest.mark.parametrize(
    ("name", "changed", "number"),
    [
        ("Shouting", {}, 11),
        ("of/a/path", {}, 11),
        ("one", {"channel": "fax"}, 12),
        ("one", {"secrets": ["a", "b", "c"]}, 13),
        ("one", {"secrets": [""]}, 14),
        ("one", {"options": {"access_key_secret": "s"}}, 15),
        ("one", {"options": {"url": "https://user:word@host/"}}, 15),
        ("one", {"class": "common.messaging.pigeons.Pigeon"}, 16),
        ("one", {"class": "datetime.datetime"}, 16),
        ("one", {"class": MEMORY}, 17),
    ],
)
def test_what_the_settings_may_not_say(settings, name, changed, number):
    settings.MESSAGE_TOYS_ALLOWED = False
    sound = by_sms("https://token@sms.example.com")["http"]
    settings.MESSAGE_PROVIDERS = {name: sound | changed}
    [error] = checks.message_providers()
    assert error.id == f"common.E0{number}"
    assert "word" not in error.msg


def test_two_secrets_and_no_toys_are_sound(settings):
    settings.MESSAGE_TOYS_ALLOWED = False
    one = by_sms("https://token@sms.example.com")["http"] | {"secrets": ["new", "old"]}
    settings.MESSAGE_PROVIDERS = {"one": one, **by_email()}
    assert checks.message_providers() == []


def test_files(settings, tmp_path):
    use_texts(settings, f"file://{tmp_path}/sms%20out")
    answers = configured.preferred("sms").send([MESSAGE, MESSAGE])
    assert [answer.verdict for answer in answers] == [Verdict.ACCEPTED] * 2
    [path] = (tmp_path / "sms out").iterdir()
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["text"] for line in lines] == ["您好", "您好"]
    assert path.stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_written(settings):
    use_texts(settings, "file:///proc/nowhere")
    [answer] = configured.preferred("sms").send([MESSAGE])
    assert answer.verdict is Verdict.REJECTED_FOR_NOW


def test_one_message_at_once(settings):
    use_texts(settings, "memory://")
    Memory.outbox.clear()
    answer = send_text("+8613812345678", "123456", template="code", reference="r")
    assert answer.verdict is Verdict.ACCEPTED
    assert Memory.outbox[0].body == "123456"
