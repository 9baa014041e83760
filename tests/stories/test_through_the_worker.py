"""The same journey through the real parts: gunicorn, broker, worker, timetable, files.

Nothing here calls a job: approving publishes a wake-up, the worker does the rest.
"""

import json
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from apiqik_backoffice.embedded.processes import wait_until
from tests.plumbing.product import ROOT, Product, environment

pytestmark = pytest.mark.processes

PLAN = """
import json
from accounts.models import ServiceClient
from tests.accounts.making import make_service
from tests.notices import making

person, _own = making.make_customer(name="李华", language="en")
company = making.make_organization(person)
_client, token = ServiceClient.issue(
    name="gateway", scopes=["access:read"], created_by=making.make_supervisor()
)
later = making.plan(company, service=make_service("image-generation"))
at_once = making.plan(
    company, service=make_service("speech"), at_once=True, grounds="In other hands", in_days=0
)
for change in (later, at_once):
    making.propose(change)
    making.approve(change)
print(json.dumps({"account": company.public_id, "token": token, "phone": person.phone}))
"""


@pytest.fixture
def product():
    with tempfile.TemporaryDirectory(prefix="apiqik story ") as folder:
        running = Product(Path(folder) / "var")
        yield running
        running.clean()


def test_approved_in_one_process_carried_out_by_others(product):
    product.start()
    product.wait_until_ready()
    product.wait_for("/readyz", 200, seconds=60)
    planned = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", PLAN],
        cwd=ROOT,
        env=environment(VAR_DIR=str(product.var_dir), PORT=str(product.port)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert planned.returncode == 0, planned.stderr
    given = json.loads(planned.stdout.splitlines()[-1])

    def texts():
        files = (product.var_dir / "outbox" / "sms").glob("*.jsonl")
        lines = [json.loads(line) for file in files for line in file.read_text().splitlines()]
        return [line["text"] for line in lines if line["to"] == given["phone"]]

    def decision(service):
        query = f"/api/v1/access?account={given['account']}&service={service}"
        status, body = product.get(query, token=given["token"])
        assert status == 200, body
        return json.loads(body)

    assert wait_until(lambda: len(texts()) == 2, seconds=40), (texts(), product.said())
    assert any("will be suspended on" in text for text in texts())
    assert any("is now suspended" in text for text in texts())
    assert wait_until(lambda: decision("speech")["decision"] == "deny", seconds=20)
    denied = decision("speech")
    assert denied["clause"] == "1.3"
    assert denied["reason"]["en"] == "Repeated violations"
    assert decision("image-generation")["decision"] == "allow"
    assert product.signal(signal.SIGTERM) == 0
