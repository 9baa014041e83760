from tests.accounts.conftest import english, ungated  # noqa: F401 -- fixtures
