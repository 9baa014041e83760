"""What figures measure on: the databases, browsers and servers, each started when asked for."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import cached_property
from typing import Any

from tests.bench.browser import Browser
from tests.bench.database import BenchDatabases
from tests.bench.serving import Server
from tests.plumbing.databases import TestServer

OURS, STOCK = "tests.bench.settings", "tests.bench.stock_settings"


class Bench:
    """`with Bench(rows=…) as bench:`; whatever was started is stopped at the end."""

    def __init__(self, *, rows: int, small_world: Callable[[dict[str, Any]], Any]) -> None:
        self.rows = rows
        self._small_world = small_world
        self._open = ExitStack()
        self._users = ExitStack()

    def __enter__(self) -> "Bench":
        server = TestServer()
        server.open()
        self._open.callback(server.close)
        self.databases = BenchDatabases(server, self.rows, leave=self.leave)
        self._open.callback(self._users.close)
        self.databases.prepare(self._small_world)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def leave(self) -> None:
        """Ends all that uses the two databases: they can be copied then, and nothing computes
        beside what is measured next. Asked for again, it starts anew."""
        self._users.close()
        for name in ("ours", "stock", "served_many", "served_few", "served_plain"):
            self.__dict__.pop(name, None)

    @cached_property
    def ours(self) -> Browser:
        """Staff at the desk of the back office."""
        return self._browser(OURS)

    @cached_property
    def stock(self) -> Browser:
        """Staff at Django's own admin site."""
        return self._browser(STOCK)

    def _browser(self, settings: str) -> Browser:
        browser = Browser(settings, self.databases.environment(self.databases.many))
        self._users.callback(browser.close)
        return browser

    @cached_property
    def served_many(self) -> Server:
        """The back office as it is served, with as many restrictions as customers."""
        return self._server(OURS, self.databases.many)

    @cached_property
    def served_few(self) -> Server:
        """The same with a thousand restrictions."""
        return self._server(OURS, self.databases.few)

    @cached_property
    def served_plain(self) -> Server:
        """REST framework as it comes, served by the same server with the same flags."""
        return self._server(STOCK, self.databases.many)

    def _server(self, settings: str, database: str) -> Server:
        return self._users.enter_context(Server(settings, self.databases.environment(database)))
