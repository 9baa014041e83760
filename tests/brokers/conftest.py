"""Tests against real brokers: each runs once with Redis and once with RabbitMQ."""

from tests.plumbing.crew import broker, crew, sink  # noqa: F401 -- fixtures
