"""Orders and the loopback provider, for tests."""

from accounts.models import Membership
from billing.payments import orders, providers
from common.clock import now
from tests.billing.making import make_account, yuan

CALLBACK = "/payments/loopback/callback"


def loopback():
    return providers.get("loopback")


def order_of(account=None, amount=100):
    account = account or make_account()
    owner = Membership.objects.get(account=account, role="owner").user
    return orders.open_order(account=account, amount=yuan(amount), by=owner, at=now())


def post(client, callback):
    """What we answer to the provider."""
    headers = {
        f"HTTP_{name.upper().replace('-', '_')}": text for name, text in callback.headers.items()
    }
    return client.post(CALLBACK, callback.body, content_type="application/json", **headers)


def pay(client, order, mischief=""):
    """Pays at the provider and delivers its callbacks; the status of each answer."""
    callbacks = loopback().pay(order.public_id, at=now(), mischief=mischief)
    return [post(client, one).status_code for one in callbacks]
