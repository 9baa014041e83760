"""What can go wrong with the embedded servers, each said in one sentence."""


class EmbeddedServerError(Exception):
    """An embedded server cannot be prepared, started or stopped; str() says why."""


class UnusableFolderError(EmbeddedServerError):
    """A folder that a server needs cannot be created, entered or trusted."""


class ServerStartError(EmbeddedServerError):
    """A server was started and did not become ready; str() names its log."""


class ServerStopError(EmbeddedServerError):
    """A server was told to stop and did not."""
