"""The demo world's money that came in and waits for somebody: transfers of a bank's file that
nobody matched, orders paid online and one that does not fit, an application for a refund."""

from datetime import datetime, timedelta
from functools import partial

from accounts.models import Account, Membership, User
from apiqik_backoffice.demo.staff import Office
from apiqik_backoffice.demo.timeline import Timeline
from billing import applications, bank_imports
from billing.models import BankMapping
from billing.money import micro_of
from billing.payments import orders, providers
from billing.payments.events import take_callback
from billing.payments.loopback import Loopback, Mischief
from common import clock

COLUMNS = ("交易日期", "贷方发生额", "借方发生额", "对方户名", "对方账号", "摘要", "流水号")
# Paid in by a customer that is known, by one who named an account, and by a stranger.
STRANGER = "海棠贸易有限公司"


class Payments:
    """Puts it on the timeline. `payer` is an organization with money, `person` an account that
    pays online, `asks` the account that applies for a refund."""

    def __init__(
        self, timeline: Timeline, office: Office, *, payer: Account, person: Account, asks: Account
    ) -> None:
        self.timeline, self.office = timeline, office
        self.payer, self.person, self.asks = payer, person, asks

    def tell(self) -> None:
        """Schedules all of it."""
        at, ago = self.timeline.at, self.timeline.ago
        at(ago(3, hour=9), partial(self.pay_online, 200))
        at(ago(2, hour=10), partial(self.pay_online, 88, mischief=Mischief.WRONG_AMOUNT))
        at(ago(1, hour=10), self.receive_transfers)
        at(ago(1, hour=11), self.apply_for_refund)
        at(self.timeline.end - timedelta(minutes=1), partial(self.order, 300))

    @property
    def clerk(self) -> User:
        return self.office.by_group["billing"][0]

    def order(self, amount: int) -> str:
        """A top-up is ordered, and waits to be paid."""
        owner = _owner(self.person)
        opened = orders.open_order(
            account=self.person,
            amount=micro_of(amount),
            by=owner,
            at=clock.now(),
            provider="loopback",
        )
        return opened.public_id

    def pay_online(self, amount: int, *, mischief: Mischief = Mischief.NONE) -> None:
        """The provider tells us of a payment, or of one of another amount."""
        provider = providers.get("loopback")
        assert isinstance(provider, Loopback)
        number = self.order(amount)
        for callback in provider.pay(number, at=clock.now(), mischief=mischief):
            take_callback(provider=provider, headers=callback.headers, body=callback.body)

    def receive_transfers(self) -> None:
        """A bank's file of yesterday, booked; nobody has said yet whose the money is."""
        at = clock.now()
        mapping = BankMapping.objects.create(
            name="ICBC",
            bank_account="0200 0001 0920 0000 123",
            date_column=COLUMNS[0],
            date_format="%Y-%m-%d",
            credit_column=COLUMNS[1],
            debit_column=COLUMNS[2],
            payer_name_column=COLUMNS[3],
            payer_account_column=COLUMNS[4],
            reference_column=COLUMNS[5],
            serial_column=COLUMNS[6],
        )
        statement = bank_imports.upload(
            mapping=mapping,
            content=self._file(at).encode(),
            file_name=f"icbc-{at:%Y%m%d}.csv",
            uploaded_by=self.clerk,
            at=at,
        )
        bank_imports.book(statement=statement, imported_by=self.clerk, at=at)

    def _file(self, at: datetime) -> str:
        day = f"{at - timedelta(days=1):%Y-%m-%d}"
        lines = [
            (day, "12000.00", "", self.payer.name, "6217 0000 1111", "充值", "S-1001"),
            (day, "3500.00", "", "个人", "6217 0000 2222", self.person.public_id, "S-1002"),
            (day, "860.50", "", STRANGER, "6217 0000 3333", "货款", "S-1003"),
            (day, "", "1200.00", "供应商", "6217 0000 4444", "电费", "S-1004"),
        ]
        return "\n".join(",".join(cells) for cells in [COLUMNS, *lines]) + "\n"

    def apply_for_refund(self) -> None:
        """A customer asks for fees back; staff have not answered."""
        applications.apply(
            account=self.asks,
            amount=micro_of(300),
            reason="项目提前结束，申请退还未使用的充值。",
            asked_by=_owner(self.asks),
            at=clock.now(),
        )


def _owner(account: Account) -> User:
    owner = account.memberships.filter(role=Membership.Role.OWNER).select_related("user")
    return owner.order_by("pk")[0].user
