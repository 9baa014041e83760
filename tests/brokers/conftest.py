"""Tests against real brokers: each runs once with Redis and once with RabbitMQ."""

import tempfile
from pathlib import Path

import pytest
from celery import current_app

from tests.plumbing.brokers import BROKERS, require, running
from tests.plumbing.crew import Crew, publishing_to


@pytest.fixture(scope="module", params=list(BROKERS))
def broker(request):
    kind = BROKERS[request.param]
    require(kind)
    with running(kind) as started:
        yield started


@pytest.fixture
def crew(broker, test_database, mailbox, settings):
    """Workers and timetables are started by the test; this process publishes as the site does."""
    with tempfile.TemporaryDirectory(prefix="apiqik-crew-") as folder, publishing_to(broker.url):
        broker.purge(current_app.conf.task_default_queue)
        people = Crew(test_database, broker, Path(folder), smtp=settings.EMAIL_PORT)
        yield people
        people.dismiss()
