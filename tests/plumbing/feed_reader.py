"""The reference client of docs/, on the site of this process, with what may go wrong on the way."""

import contextlib
import importlib.util
from pathlib import Path

import httpx
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from accounts.models import ServiceClient
from apiqik_backoffice.wsgi import application
from tests.accounts.making import make_person

ROOT = Path(__file__).resolve().parents[2]
SITE = "http://testserver"


def load():
    """The module, read as whoever copies it would."""
    spec = importlib.util.spec_from_file_location("gateway_client", ROOT / "docs/gateway_client.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


gateway_client = load()


def make_token(*scopes, name="gateway"):
    wanted = scopes or ("enforcement:read", "enforcement:apply", "access:read")
    return ServiceClient.issue(name=name, scopes=wanted, created_by=make_person())[1]


@contextlib.contextmanager
def staying_connected():
    """A request ends with its connection; that of a test's transaction stays."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


class Once(httpx.SyncByteStream):
    def __init__(self, body):
        self.body = body

    def __iter__(self):
        yield self.body


class Line(httpx.BaseTransport):
    """The way to the site. `spoil` may change an answer or answer in its place; `asked` are the
    addresses that came through."""

    def __init__(self):
        self.site = httpx.WSGITransport(app=application)
        self.spoil = None
        self.asked = []

    def handle_request(self, request):
        self.asked.append(request.url.path)
        answer = self.spoil and self.spoil(request)
        return answer or self.pass_on(request)

    def pass_on(self, request):
        """The site's own answer, whole."""
        with staying_connected():
            answer = self.site.handle_request(request)
            body = b"".join(answer.stream)
        return httpx.Response(answer.status_code, headers=answer.headers, stream=Once(body))

    def read(self, request):
        """The same as its status, headers and body."""
        answer = self.pass_on(request)
        return answer.status_code, answer.headers, b"".join(answer.stream)

    def cut(self):
        def away(request):
            raise httpx.ConnectError("away", request=request)

        self.spoil = away


def reader(file, *, token, line=None, gateway="cn-south-1", keys=None, **options):
    """A client whose requests go to the site of this process."""
    made = gateway_client.Enforcement(
        url=SITE,
        token=token,
        gateway=gateway,
        keys=settings.ENFORCEMENT_KEYS if keys is None else keys,
        file=str(file),
        **options,
    )
    made.http = httpx.Client(
        base_url=SITE,
        headers={"Authorization": f"Bearer {token}"},
        transport=line or Line(),
    )
    return made
