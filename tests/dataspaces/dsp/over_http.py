"""An ASGI application behind a real port, small enough to live within a test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any


@asynccontextmanager
async def over_http(app: Any, port: int) -> AsyncIterator[None]:
    """`app` answers on 127.0.0.1:`port`."""

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await _one(app, head, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connection, "127.0.0.1", port)
    async with server:
        yield


async def _one(app: Any, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    line, *rest = head.decode("latin-1").split("\r\n")
    method, target, _ = line.split(" ")
    headers = [
        (n.strip().lower().encode(), v.strip().encode()) for n, _, v in (one.partition(":") for one in rest if one)
    ]
    body = await reader.readexactly(int(dict(headers).get(b"content-length", b"0")))
    path, _, query = target.partition("?")
    from urllib.parse import unquote

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": unquote(path), "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
        "headers": headers, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 1), "state": {},
    }  # fmt: skip
    sent: list[dict[str, Any]] = []
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        if messages:
            return messages.pop()
        await asyncio.sleep(3600)
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start, payload = sent[0], b"".join(one.get("body", b"") for one in sent[1:])
    names = [(n, v) for n, v in start.get("headers", ()) if n.lower() != b"content-length"]
    writer.write(f"HTTP/1.1 {start['status']} X\r\n".encode())
    writer.write(b"".join(n + b": " + v + b"\r\n" for n, v in names))
    writer.write(b"content-length: " + str(len(payload)).encode() + b"\r\n\r\n" + payload)
    await writer.drain()
