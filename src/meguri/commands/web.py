"""The web process, started by `serve`: the application on granian, in this one process. Not a command of its own."""

import asyncio
import signal
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import uvloop
from granian.constants import HTTPModes, Interfaces, SSLProtocols
from granian.http import HTTP1Settings, HTTP2Settings
from granian.server.embed import Server

from meguri import logs
from meguri.settings import LogFormat, Settings, load

_HEADER_BYTES = 64 * 1024
_log = logs.get(__name__)


def main() -> int:
    """Serve until SIGTERM or SIGINT; requests in flight are answered first."""
    settings = load()
    logs.configure(settings.log_level, as_json=settings.log_format is LogFormat.JSON)
    app = import_module(settings.app).build(settings)
    return uvloop.run(_serve(app, settings))


async def _serve(app: Any, settings: Settings) -> int:
    server = Server(
        app,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        http=HTTPModes.auto,
        websockets=False,
        backlog=1024,
        log_enabled=False,
        http1_settings=HTTP1Settings(header_read_timeout=10_000, max_buffer_size=_HEADER_BYTES),
        http2_settings=HTTP2Settings(max_concurrent_streams=100, max_headers_size=_HEADER_BYTES),
        **_tls(settings),
    )
    told: list[int] = []

    def end(number: int) -> None:
        told.append(number)
        server.stop()  # type: ignore[no-untyped-call]

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end, number)
    await server.serve()
    if not told:
        _log.error("the web server ended by itself")
    return 0 if told else 1


def _tls(settings: Settings) -> dict[str, Any]:
    if not settings.tls_certificate or not settings.tls_key:
        return {}
    return {
        "ssl_cert": Path(settings.tls_certificate),
        "ssl_key": Path(settings.tls_key),
        "ssl_protocol_min": SSLProtocols.tls12,  # EN 18216 clause 4: 1.2 and later; partners' older systems speak no 1.3
    }


if __name__ == "__main__":
    sys.exit(main())
