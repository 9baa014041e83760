"""`make faults`: a crew of real processes, a mail server that counts, and figures at the end."""

import os

import pytest

from tests.faults.figures import Figures
from tests.plumbing.crew import broker, crew, sink  # noqa: F401 -- fixtures

FIGURES = Figures()


@pytest.fixture(scope="session")
def figures():
    return FIGURES


@pytest.fixture
def people():
    """How many people a change is for: FAULTS_PEOPLE, else 100,000."""
    return int(os.environ.get("FAULTS_PEOPLE", "100000"))


@pytest.fixture
def letters():
    """How many of them have an e-mail address, SMS going to all: FAULTS_LETTERS, else 10,000.

    E-mail is the slow part: letters leave one after the other."""
    return int(os.environ.get("FAULTS_LETTERS", "10000"))


def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_sep("=", "faults: name measured goal")
    for line in FIGURES.lines:
        terminalreporter.write_line(line)


def pytest_sessionfinish(session):
    """A figure that is short fails the run, whichever test took it."""
    if FIGURES.short and session.exitstatus == 0:
        session.exitstatus = 1
