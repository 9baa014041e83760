"""Where messages of the product arrive in tests: a real SMTP server, SMS as files."""

import json
import socket
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from apiqik_backoffice.settings.message_providers import by_sms


def use_provider(settings, channel, adapter, **options):
    """The only provider of a channel, called as its class is; `settings` is the fixture."""
    others = {
        name: written
        for name, written in settings.MESSAGE_PROVIDERS.items()
        if written["channel"] != channel
    }
    settings.MESSAGE_PROVIDERS = others | {
        adapter.__name__.lower(): {"class": adapter, "channel": channel, "options": options}
    }


def use_texts(settings, url):
    """The SMS provider of an address, as SMS_URL has it."""
    others = {
        name: written
        for name, written in settings.MESSAGE_PROVIDERS.items()
        if written["channel"] != "sms"
    }
    settings.MESSAGE_PROVIDERS = others | by_sms(url)


def _text(message):
    """The plain part of a letter."""
    return message.get_body(("plain",)).get_content().replace("\r\n", "\n")


class Mailbox:
    """What arrived at the SMTP server; `refuse` maps addresses to the answer they get."""

    def __init__(self):
        self.messages = []
        self.refuse = {}

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"

    def to(self, address):
        """Letters to that address, oldest first, as (subject, text)."""
        return [
            (message["Subject"], _text(message))
            for message in self.messages
            if message["To"] == address
        ]


@pytest.fixture
def mailbox(settings):
    """A real SMTP server on a free loopback port, used by the product's own backend."""
    mailbox = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    yield mailbox
    controller.stop()


@pytest.fixture
def phone_messages(settings, tmp_path):
    """A function that gives the SMS sent to a number, oldest first."""
    use_texts(settings, f"file://{tmp_path}/sms")

    def sent_to(number):
        lines = [
            json.loads(line)
            for path in sorted(Path(tmp_path, "sms").glob("*.jsonl"))
            for line in path.read_text().splitlines()
        ]
        return [line["text"] for line in lines if line["to"] == number]

    return sent_to
