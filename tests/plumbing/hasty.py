"""A server with the product's worker that has less patience, and an application that reads."""

from apiqik_backoffice.web_worker import InTimeSocket, InTimeWorker


class HastySocket(InTimeSocket):
    grace, slowest, longest = 1.0, 4 * 1024, 4.0


class HastyWorker(InTimeWorker):
    socket_class = HastySocket


def application(environ, start_response):
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(len(body)).encode()]
