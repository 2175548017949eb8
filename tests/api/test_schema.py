"""The native API answers only what its description says: generated requests over every route, as a signed-in administrator."""

import json
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest

from serving import Server, free_port, open_folder

pytestmark = [pytest.mark.faults, pytest.mark.long]
ACCOUNT = {"account": "oem_a@example.com", "password": "oemA&user_01"}


@pytest.fixture
def server() -> Iterator[Server]:
    with open_folder() as folder:
        running = Server(folder / "data", free_port(), MEGURI_APP="meguri.app", MEGURI_PROFILE="tutorial")
        try:
            running.wait_until_ready()
            yield running
        finally:
            running.stop()


def _token(port: int) -> str:
    connection = HTTPConnection("127.0.0.1", port)
    connection.request("POST", "/api/v1/session", json.dumps(ACCOUNT), {"Content-Type": "application/json"})
    token: str = json.loads(connection.getresponse().read())["access_token"]
    return token


@pytest.mark.timeout(280)
@pytest.mark.parametrize("first_letters", ["a-d", "e-l", "m-p", "q-z"])
def test_generated_requests_find_no_undeclared_status_and_no_5xx(server: Server, first_letters: str) -> None:
    """By the first letter of what a route is about. Sessions are left out: ending one's own would make all others' answers 401."""
    base = f"http://127.0.0.1:{server.port}/api/v1/openapi.json"
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", base, "-H", f"Authorization: Bearer {_token(server.port)}"),
        *("-c", "not_a_server_error,status_code_conformance", "--exclude-path-regex", "/session"),
        *("--include-path-regex", f"^/api/v1/[{first_letters}]"),
        *(
            "--phases=coverage,fuzzing",
            "--max-examples",
            "5",
            "--seed",
            "3",
            "--workers",
            "1",
            "--suppress-health-check",
            "all",
        ),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=270, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "generated" in done.stdout
