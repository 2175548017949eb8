"""Whether a port is free. The web server shares ports on purpose, so a second one would start without a word."""

import errno
import socket
import time


class PortTaken(Exception):
    """Somebody listens there already."""


def probe(host: str, port: int, patience_s: float = 2) -> None:
    """Raises PortTaken if somebody listens on `port` and goes on doing so (a dying predecessor has two seconds)."""
    deadline = time.monotonic() + patience_s
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    while True:
        with socket.socket(family, kind, protocol) as plain:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # closed connections may linger there
            try:
                plain.bind(address)
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
            else:
                return
        if time.monotonic() > deadline:
            raise PortTaken
        time.sleep(0.05)
