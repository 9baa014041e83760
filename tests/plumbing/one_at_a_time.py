"""Which tests share a process of the test run, one after the other.

pytest-xdist's own groups have no effect under pytest 9.2, where an item keeps its name elsewhere
than they write it to; so the groups are named here.
"""

from xdist.scheduler import LoadScopeScheduling

# By the beginning of a test's name.
GROUPS = {
    # They start the product or servers: two of them at once would be too much for two cores.
    "tests/brokers/": "processes",
    "tests/infrastructure/test_running.py": "processes",
    "tests/stories/test_through_the_worker.py": "processes",
    # Its world is made once for each process that asks for it.
    "tests/demo/test_demo_world.py": "the demo's world",
}


class OneAtATime(LoadScopeScheduling):
    """Tests of a group go to one process, any other test to whichever is free."""

    def _split_scope(self, nodeid: str) -> str:
        for beginning, group in GROUPS.items():
            if nodeid.startswith(beginning):
                return group
        return nodeid
