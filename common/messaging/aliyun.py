"""Text messages by Alibaba Cloud (dysmsapi, 2017-05-25), through its official SDK.

    {"class": "common.messaging.aliyun.Aliyun", "channel": "sms",
     "secrets": ["AccessKeyId:AccessKeySecret"],
     "options": {"sign_name": "apiqik", "templates": {"code": "SMS_154950909"}}}

It sends approved templates only: `provider_template` of the message, or that of `templates` for
our own name of the text. SendSms is not idempotent, so nothing here tries twice; a message in
doubt is asked after by number and day, where it is found by its OutId.

SmsReport is signed by nobody. Its address carries a key (`keyed_addresses`), and a failure in it
is believed once QuerySendDetails says the same.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from common.messaging import keyed_addresses
from common.messaging.aliyun_client import Refused, SmsClient, Unanswered
from common.messaging.one_by_one import failed, in_groups
from common.messaging.providers import (
    Answer,
    Asked,
    CannotAsk,
    Config,
    Message,
    NotGenuine,
    Posted,
    Problem,
    Provider,
    Receipt,
    ReceiptState,
    Submission,
    Verdict,
)

CHINA = ZoneInfo("Asia/Shanghai")  # of all its dates, which have no zone
AT_ONCE = 8
# Nothing about the message can be helped by trying again.
FOR_GOOD = {
    "isv.MOBILE_NUMBER_ILLEGAL",
    "isv.NOT_SUPPORTED_COUNTRY",
    "isv.BLACK_KEY_CONTROL_LIMIT",
    "isv.PARAM_LENGTH_LIMIT",
    "isv.PARAM_NOT_SUPPORT_URL",
    "isv.INVALID_JSON_PARAM",
    "isv.INVALID_PARAMETERS",
    "isv.TEMPLATE_MISSING_PARAMETERS",
    "isv.TEMPLATE_PARAMS_ILLEGAL",
}
# An answer that does not say whether the message was taken.
IN_DOUBT = {"isp.SYSTEM_ERROR", "isp.UNKNOWN", "isp.GATEWAY_ERROR", ""}
# Of carriers: no such number, or it is closed to us; `for_good` in the options adds others.
NUMBER_IS_GONE = {"MOBILE_NOT_ON_SERVICE", "MOBILE_IN_BLACK"}
# It may take so long until a message it took is found, and it forgets after thirty days.
SURE_AFTER, KNOWN_FOR = timedelta(minutes=10), timedelta(days=29)
PAGE, MOST_PAGES = 50, 10
APPROVED = 1
PLACE = re.compile(r"\$\{(\w+)\}")
WAITING, FAILED, DELIVERED = 1, 2, 3


class Aliyun(Provider):
    can_be_asked = True
    takes_free_text = False
    has_keyed_address = True
    receipts_answer = ('{"code": 0, "msg": "OK"}', "application/json")

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.client = SmsClient(config.secrets, config.options)
        self.gone = NUMBER_IS_GONE | set(config.options.get("for_good", ()))

    @property
    def signature(self) -> str:
        return f"【{self.config.options.get('sign_name', '')}】"

    # -- sending ---------------------------------------------------------------------

    def send(self, batch: Sequence[Message]) -> list[Submission]:
        """Eight at a time; an answer that leaves one in doubt ends the batch."""
        with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
            return in_groups(batch, AT_ONCE, lambda some: list(pool.map(self._send_one, some)))

    def _template(self, message: Message) -> str:
        templates: Mapping[str, str] = self.config.options.get("templates", {})
        return message.provider_template or templates.get(message.template, "")

    def _send_one(self, message: Message) -> Submission:
        template = self._template(message)
        if not template:
            no_template = ValueError("There is no approved template for this text.")
            return failed(message, Verdict.REJECTED_FOR_GOOD, no_template)
        said = partial(Submission, reference=message.reference)
        try:
            body = self.client.send(
                phone_numbers=number_of(message.address),
                sign_name=self.config.options.get("sign_name", ""),
                template_code=template,
                template_param=json.dumps(dict(message.params), ensure_ascii=False),
                out_id=message.reference,
            )
        except Refused as refused:
            return said(verdict=_verdict(refused), answer=dict(refused.body))
        except Unanswered as error:
            verdict = Verdict.AMBIGUOUS if error.arrived else Verdict.REJECTED_FOR_NOW
            return said(verdict=verdict, answer={"error": "Unanswered", "detail": str(error)})
        return said(
            verdict=Verdict.ACCEPTED,
            provider_reference=str(body.get("BizId", ""))[:200],
            answer=body,
        )

    # -- receipts --------------------------------------------------------------------

    def verify(self, posted: Posted) -> None:
        keyed_addresses.demand(self.config, posted)

    def parse_receipts(self, posted: Posted) -> list[Receipt]:
        """Raises `CannotAsk` when a failure could not be confirmed now: read it again later."""
        try:
            lines = json.loads(posted.body)
            return [self._confirmed(self._receipt(line)) for line in lines]
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise NotGenuine("This is no report of text messages.") from error

    def _receipt(self, line: Mapping[str, Any]) -> Receipt:
        code = _clean(line.get("err_code", ""))
        state = ReceiptState.DELIVERED if line["success"] is True else self._failure(code)
        return Receipt(
            key=f"{_clean(line['biz_id'])}:{_clean(line['phone_number'])}:{state}"[:200],
            state=state,
            reference=_clean(line.get("out_id") or ""),
            provider_reference=_clean(line["biz_id"]),
            address=e164(_clean(line["phone_number"])),
            at=_moment(line.get("report_time")),
            detail={
                name: _clean(line[name])
                for name in ("err_code", "err_msg", "send_time", "sms_size")
                if line.get(name)
            },
        )

    def _failure(self, code: str) -> ReceiptState:
        return ReceiptState.FAILED_FOR_GOOD if code in self.gone else ReceiptState.FAILED_FOR_NOW

    def _confirmed(self, receipt: Receipt) -> Receipt:
        """A failure as the provider itself tells it; a delivery harms nobody."""
        sent = _moment(receipt.detail.get("send_time")) or receipt.at
        if receipt.state is ReceiptState.DELIVERED or sent is None:
            return receipt
        days = {moment.astimezone(CHINA).date() for moment in (sent, receipt.at or sent)}
        rows = self._rows(receipt.address, days)
        found = next((row for row in rows if row.get("OutId") == receipt.reference), None)
        status = found.get("SendStatus") if found else None
        if status not in (FAILED, DELIVERED):
            raise CannotAsk("The provider itself does not say yet that this message failed.")
        return receipt if status == FAILED else replace(receipt, state=ReceiptState.DELIVERED)

    # -- asking ----------------------------------------------------------------------

    def query(self, asked: Asked) -> Answer:
        """By number and day. That it took nothing is said ten minutes after, not before."""
        about = (asked.at - timedelta(minutes=5), asked.at + SURE_AFTER)
        days = {moment.astimezone(CHINA).date() for moment in about}
        dates: list[str] = []
        for row in self._rows(asked.address, days, dates):
            if row.get("OutId") == asked.reference:
                return Answer(
                    reference=asked.reference, known=True, receipt=self._said(asked, row), raw=row
                )
        clock = _http_date(dates[-1] if dates else "")
        if clock is None or not SURE_AFTER <= clock - asked.at <= KNOWN_FOR:
            raise CannotAsk("It is too early or too late to say that it took nothing.")
        return Answer(reference=asked.reference, known=False)

    def _rows(
        self, address: str, days: Iterable[Any], dates: list[str] | None = None
    ) -> Iterator[dict[str, Any]]:
        for day in sorted(days):
            for page in range(1, MOST_PAGES + 1):
                body, date = self._page(address, f"{day:%Y%m%d}", page)
                if dates is not None:
                    dates.append(date)
                rows = (body.get("SmsSendDetailDTOs") or {}).get("SmsSendDetailDTO") or []
                yield from rows
                if page * PAGE >= int(body.get("TotalCount") or 0) or not rows:
                    break
            else:
                raise CannotAsk("More was sent to this number that day than can be looked through.")

    def _page(self, address: str, day: str, page: int) -> tuple[dict[str, Any], str]:
        try:
            return self.client.send_details(
                phone_number=number_of(address), send_date=day, page_size=PAGE, current_page=page
            )
        except (Refused, Unanswered) as error:
            raise CannotAsk(f"The provider does not say: {error}") from error

    def _said(self, asked: Asked, row: Mapping[str, Any]) -> Receipt | None:
        """None while it has no outcome."""
        code, status = _clean(row.get("ErrCode") or ""), row.get("SendStatus")
        if status not in (FAILED, DELIVERED):
            return None
        state = ReceiptState.DELIVERED if status == DELIVERED else self._failure(code)
        return Receipt(
            key=f"query:{asked.reference}:{state}",
            state=state,
            reference=asked.reference,
            provider_reference=asked.provider_reference,
            address=asked.address,
            at=_moment(row.get("ReceiveDate")),
            detail={"err_code": code},
        )

    # -- before a change is approved -------------------------------------------------

    def preflight(self, messages: Sequence[Message]) -> list[Problem]:
        found: list[Problem] = []
        if not self.config.options.get("sign_name"):
            found.append(Problem(code="no_signature", message="No signature name is set."))
        wanted: dict[str, set[str]] = {}
        for message in messages:
            template = self._template(message)
            if not template:
                text = f"“{message.template}” has no approved template."
                found.append(Problem(code="no_template", message=text))
            wanted.setdefault(template, set(message.params)).intersection_update(message.params)
        for template, params in wanted.items():
            if template:
                found += self._problems_of(template, params)
        return found

    def _problems_of(self, template: str, params: set[str]) -> Iterator[Problem]:
        try:
            body = self.client.template(template)
        except Refused as refused:
            if refused.status != 200:
                raise CannotAsk(f"The provider does not say: {refused}") from refused
            yield Problem(code="no_template", message=f"{template}: {refused.code}")
            return
        except Unanswered as error:
            raise CannotAsk(f"The provider does not say: {error}") from error
        if body.get("TemplateStatus") != APPROVED:
            reason = _clean(body.get("Reason") or "")
            yield Problem(code="not_approved", message=f"{template} is not approved. {reason}")
        for name in sorted(set(PLACE.findall(body.get("TemplateContent") or "")) - params):
            yield Problem(code="no_parameter", message=f"{template} asks for ${{{name}}}.")


def number_of(address: str) -> str:
    """E.164 as it takes them: eleven digits in the mainland, country and number elsewhere."""
    digits = address.removeprefix("+")
    return digits[2:] if digits.startswith("86") and len(digits) == 13 else digits


def e164(number: str) -> str:
    return f"+86{number}" if len(number) == 11 and number.startswith("1") else f"+{number}"


def _verdict(refused: Refused) -> Verdict:
    """What it refused with a reason of its own it did not take."""
    if refused.code in IN_DOUBT or (refused.status >= 500 and not _is_throttling(refused)):
        return Verdict.AMBIGUOUS
    return Verdict.REJECTED_FOR_GOOD if refused.code in FOR_GOOD else Verdict.REJECTED_FOR_NOW


def _is_throttling(refused: Refused) -> bool:
    return refused.code.startswith(("Throttling", "ServiceUnavailable"))


def _clean(value: Any) -> str:
    return str(value).encode(errors="replace").decode().replace("\x00", "")[:500]


def _moment(written: Any) -> datetime | None:
    try:
        return datetime.strptime(str(written), "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA)
    except ValueError:
        return None


def _http_date(written: str) -> datetime | None:
    try:
        return datetime.strptime(written, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    except ValueError:
        return None
