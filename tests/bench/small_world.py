"""The few records that a million others refer to."""

from accounts import credentials, second_factor
from accounts.models import ServiceClient
from notices.models import Template
from tests.accounts.making import make_clause, make_person, make_service
from tests.bench.population import SmallWorld
from tests.notices.making import plan

SERVICE = "image-generation"


def _token() -> credentials.Minted:
    """The same each time: the database is kept from one run to the next."""
    body = f"{credentials.SERVICE_TOKEN}_benchmrk_{'0' * credentials.HIDDEN}"
    secret = body + credentials._checksum(body)
    return credentials.Minted(secret=secret, prefix=body[:12], digest=credentials.digest(secret))


TOKEN = _token()


def make() -> SmallWorld:
    """Written into the default database, as the app role."""
    staff = make_person(name="Staff", is_staff=True, is_superuser=True, language="en")
    second_factor.set_up(user=staff)
    change = plan(planned_by=staff, service=make_service(SERVICE))
    ServiceClient.objects.create(
        name="gateway",
        scopes=[ServiceClient.Scope.ACCESS_READ, ServiceClient.Scope.ENFORCEMENT_READ],
        created_by=staff,
        prefix=TOKEN.prefix,
        digest=TOKEN.digest,
    )
    return SmallWorld(
        change=change.pk,
        template=Template.objects.filter(channel="email")[0].pk,
        clause=make_clause("1.3").pk,
    )
