"""The calls of Alibaba Cloud's SDK that we use, each one with two outcomes we can act on.

The SDK is told to try once. It hides what broke behind an exception of its own; whether a
request can have arrived is read from what lies beneath.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from alibabacloud_dysmsapi20170525 import models
from alibabacloud_dysmsapi20170525.client import Client
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from alibabacloud_tea_openapi.utils_models import Config
from darabonba.runtime import RuntimeOptions
from requests import ConnectTimeout
from requests.exceptions import ConnectionError as NoConnection
from urllib3.exceptions import NewConnectionError

CONNECT_MILLISECONDS = 5_000
READ_MILLISECONDS = 10_000
# The key is not known, switched off, or its secret is another one.
WRONG_KEY = ("InvalidAccessKeyId", "SignatureDoesNotMatch", "Forbidden.AccessKeyDisabled")


class Unanswered(Exception):
    """No answer came. `arrived` is False when the request cannot have got there."""

    def __init__(self, detail: str, *, arrived: bool) -> None:
        super().__init__(detail)
        self.arrived = arrived


class Refused(Exception):
    """An answer with another code than OK."""

    def __init__(self, code: str, body: Mapping[str, Any], *, status: int) -> None:
        super().__init__(code)
        self.code, self.body, self.status = code, body, status


class SmsClient:
    """By the first of the keys, or by the other while Alibaba Cloud does not know it."""

    def __init__(self, secrets: Sequence[str], options: Mapping[str, Any]) -> None:
        self._clients = [_client(secret, options) for secret in secrets]

    def send(self, **fields: str) -> dict[str, Any]:
        """SendSms. Raises `Refused` and `Unanswered`, as all of them."""
        request = models.SendSmsRequest(**fields)
        return self._called(lambda client, once: client.send_sms_with_options(request, once))[0]

    def send_details(self, **fields: Any) -> tuple[dict[str, Any], str]:
        """QuerySendDetails: its answer, and the date by the provider's clock."""
        request = models.QuerySendDetailsRequest(**fields)
        return self._called(
            lambda client, once: client.query_send_details_with_options(request, once)
        )

    def template(self, code: str) -> dict[str, Any]:
        """QuerySmsTemplate."""
        request = models.QuerySmsTemplateRequest(template_code=code)
        return self._called(
            lambda client, once: client.query_sms_template_with_options(request, once)
        )[0]

    def _called(self, call: Callable[[Client, RuntimeOptions], Any]) -> tuple[dict[str, Any], str]:
        for number, client in enumerate(self._clients, 1):
            try:
                return _answered(call, client)
            except Refused as refused:
                if not refused.code.startswith(WRONG_KEY) or number == len(self._clients):
                    raise
        raise Refused("NoSecret", {}, status=0)


def _client(secret: str, options: Mapping[str, Any]) -> Client:
    key_id, _colon, key_secret = secret.partition(":")
    return Client(
        Config(
            access_key_id=key_id,
            access_key_secret=key_secret,
            endpoint=options.get("endpoint", "dysmsapi.aliyuncs.com"),
            protocol=options.get("protocol", "https"),
            connect_timeout=CONNECT_MILLISECONDS,
            read_timeout=int(options.get("read_milliseconds", READ_MILLISECONDS)),
            retry_options=None,
        )
    )


def _answered(
    call: Callable[[Client, RuntimeOptions], Any], client: Client
) -> tuple[dict[str, Any], str]:
    try:
        answer = call(client, RuntimeOptions(autoretry=False, max_attempts=1))
    except AlibabaCloudException as error:
        body = error.data if isinstance(error.data, dict) else {}
        raise Refused(str(error.code or ""), _plain(body), status=error.status_code or 0) from error
    except Exception as error:
        # Whatever the SDK, its HTTP library or an answer that is no JSON comes up with.
        raise Unanswered(_told(error), arrived=_can_have_arrived(error)) from error
    body = _plain(answer.body.to_map() if answer.body else {})
    if body.get("Code") != "OK":
        raise Refused(str(body.get("Code") or ""), body, status=200)
    headers = {name.lower(): value for name, value in (answer.headers or {}).items()}
    return body, headers.get("date", "")


def _plain(body: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key not in ("AccessKeyId", "statusCode")}


def _beneath(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = getattr(error, "inner_exception", None) or error.__cause__ or error.__context__
    return found


def _told(error: BaseException) -> str:
    return f"{type(_beneath(error)[-1]).__name__}: {error}"[:500]


def _can_have_arrived(error: BaseException) -> bool:
    """False only when no connection was made."""
    for one in _beneath(error):
        if isinstance(one, ConnectTimeout | NewConnectionError):
            return False
        if isinstance(one, NoConnection):
            reason = getattr(one.args[0] if one.args else None, "reason", None)
            if isinstance(reason, NewConnectionError):
                return False
    return True
