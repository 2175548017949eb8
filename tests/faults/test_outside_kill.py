"""Two installations as processes: a tutorial one as the foreign exchange, a production one as its client, killed on the way.

The business of the public tutorials is done through the client's pages by two companies; the foreign system is never spoken to
but by the client.
"""

import asyncio
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from meguri import app as composition
from meguri.identity import service as identity
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope, Role
from meguri.operators import service as operators
from meguri.operators.model import NewOperator
from meguri.settings import load
from meguri.storage import Database
from meguri.storage.access import access_to
from serving import Server, free_port, open_folder

pytestmark = [pytest.mark.faults, pytest.mark.long]

PASSWORD = "a long enough pass phrase 1"
ACCOUNTS = {"A": ("oem_a@example.com", "oemA&user_01"), "B": ("supplier_b@example.com", "supplierB&user_01")}
CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')


class Person:
    """Somebody at a browser: looks at a page, and sends its form."""

    def __init__(self, base: str) -> None:
        self.web = httpx.Client(base_url=base, timeout=30, follow_redirects=True, headers={"accept-language": "ja"})

    def look(self, path: str) -> str:
        return self._patiently(lambda: self.web.get(path)).text

    def send(self, path: str, form: str, **typed: str) -> httpx.Response:
        """Sends what was typed to `path`; `form`: the page on which it stands."""

        def once() -> httpx.Response:
            shown = self.web.get(form)
            found = CSRF.search(shown.text)
            return self.web.post(path, data={**({"csrf_token": found[1]} if found else {}), **typed})

        return self._patiently(once)

    @staticmethod
    def _patiently(act: Callable[[], httpx.Response]) -> httpx.Response:
        give_up = time.monotonic() + 90
        while True:
            try:
                answer = act()
                if answer.status_code < 500:
                    return answer
            except httpx.HTTPError:
                pass  # killed under us: do it again
            assert time.monotonic() < give_up
            time.sleep(0.2)


def until(check: Callable[[], Any], *reading: Callable[[], Any], patience: float = 200) -> Any:
    """Looks until it is there; every few seconds somebody presses “read now”."""
    give_up, pressed = time.monotonic() + patience, 0.0
    while True:
        found = check()
        if found:
            return found
        assert time.monotonic() < give_up, "never came"
        if time.monotonic() > pressed + 5:
            pressed = time.monotonic()
            for press in reading:
                press()
        time.sleep(0.4)


async def admitted(folder: Path, numbers: dict[str, str]) -> dict[str, str]:
    """Two companies are let in, as the platform's operator does it; the one-time links of their first administrators."""
    settings = load({}, data_dir=str(folder))
    login, reactions = access_to(folder, None).login, composition.reactions(settings)
    links = {}
    async with Database(
        login, reactions=reactions, pool_size=2, installation=composition.installation_of(settings)
    ) as db:
        identity.open_gate(db, composition.identity_settings(settings))
        for who, number in numbers.items():
            scope = OperatorScope(new_id(), "system:command", Role.ADMIN)
            await db.run(
                scope, operators.register, NewOperator(name=f"参加{who}", address="東京都", open_operator_id=number)
            )
            await identity.open_access(db, scope.operator_id)
            mail = f"{who.lower()}@example.jp"
            links[who] = (await identity.add_operator_admin(db, scope.operator_id, mail, who)).token
    return links


@pytest.fixture
def two() -> Iterator[tuple[Server, Server, dict[str, Person]]]:
    with open_folder() as folder:
        there = Server(folder / "there", free_port(), MEGURI_APP="meguri.app", MEGURI_PROFILE="tutorial")
        origin = f"http://127.0.0.1:{there.port}"
        here = Server(folder / "here", free_port(), MEGURI_APP="meguri.app", MEGURI_OUTSIDE_ORIGINS=origin)
        people = {}
        try:
            there.wait_until_ready(120)
            here.wait_until_ready(120)
            links = asyncio.run(admitted(folder / "here", {"A": "8000000000001", "B": "7000000000002"}))
            for who, link in links.items():
                people[who] = Person(f"http://127.0.0.1:{here.port}")
                people[who].send(f"/join/{link}", f"/join/{link}", password=PASSWORD)
            yield there, here, people
        finally:
            there.stop()
            here.stop()


def kill(server: Server, word: str) -> None:
    for pid in server.children(word):
        os.kill(pid, signal.SIGKILL)


def join(person: Person, who: str, origin: str) -> str:
    """Takes part in the system; the address of its page."""
    account, password = ACCOUNTS[who]
    answer = person.send("/keys/dataspace/systems", "/keys/dataspace/systems/new", name="蓄電池データ流通", base_url=origin,
                         north_url=origin, gateway="plain", api_key="Sample-APIKey1", account=account, password=password,
                         share_structures="yes")  # fmt: skip
    assert answer.status_code == 200, re.findall(r'field-error"[^>]*>.*?<span>([^<]+)', answer.text)
    return answer.url.path


def part(person: Person, name: str, **more: str) -> str:
    page = person.look("/parts/new")
    plants = re.findall(r'<option value="([0-9a-f-]{36})"', page)
    assert plants, re.sub(r"<[^>]*>|\s+", " ", page)[:3000]
    answer = person.send("/parts/new", "/parts/new", plant_id=plants[0], name=name, unit="kilogram", **more)
    assert answer.url.path.startswith("/parts/"), re.findall(r'field-error"[^>]*>.*?<span>([^<]+)', answer.text)
    return answer.url.path.split("/")[2]


def plant(person: Person, number: str) -> None:
    answer = person.send(
        "/company/plants/new", "/company/plants/new", name="工場", address="東京都", open_plant_id=number
    )
    assert answer.status_code == 200, re.findall(r'field-error"[^>]*>.*?<span>([^<]+)', answer.text)


@pytest.mark.timeout(900)
def test_the_tutorials_business_through_the_clients_pages_survives_killing_the_client(
    two: tuple[Server, Server, dict[str, Person]],
) -> None:
    there, here, people = two
    origin = f"http://127.0.0.1:{there.port}"
    a, b = people["A"], people["B"]
    a_system, b_system = join(a, "A", origin), join(b, "B", origin)

    def read() -> None:
        for person, system in ((a, a_system), (b, b_system)):
            person.send(f"{system}/read", system)

    plant(a, "1234567890123012345")
    plant(b, "1234567890124012345")
    b.send("/company/settings/auto-disclose/on", "/company")  # what answers is released to whoever asked
    kill(here, "meguri.commands.web")
    made = {"children-0-name": "部品A1", "children-0-amount": "5", "children-0-unit": "kilogram"}
    parent = part(a, "部品A", **made)
    child = until(lambda: re.findall(r'href="/parts/([0-9a-f-]{36})"[^>]*>\s*部品A1', a.look(f"/parts/{parent}")))[0]
    found = a.send(f"{a_system}/partners", a_system, number="1234567890124")
    assert "B社" in found.text
    asking = f"/requests/new?part={child}&q=B社"
    shadow = until(lambda: re.findall(r'name="supplier" value="([0-9a-f-]{36})"', a.look(asking)))[0]
    a.send("/requests/new", asking, part=child, supplier=shadow, due="2030-12-31",
           message="来月中にご回答をお願いします。")  # fmt: skip
    kill(here, "cli work")
    request = until(lambda: re.findall(r'href="(/requests/[0-9a-f-]{36})"', b.look("/requests/received")), read)[0]
    mine = part(b, "部品B", terminated="yes")
    b.send(f"{request}/link", request, trace_id=mine)
    b.send(f"/parts/{mine}/footprint/edit", f"/parts/{mine}/footprint/edit", version="0", pre_production="1.5",
           main_production="10", pre_ter="1", pre_ger="2", pre_tir="3", main_ter="2", main_ger="3", main_tir="4")  # fmt: skip
    kill(here, "cli work")
    a.send(f"/parts/{parent}/footprint/edit", f"/parts/{parent}/footprint/edit", version="0", pre_production="3",
           main_production="20", pre_ter="1", pre_ger="2", pre_tir="3", main_ter="2", main_ger="3", main_tir="4")  # fmt: skip
    footprint = f"/parts/{parent}/footprint"
    total = until(lambda: "80.5" in a.look(footprint) and a.look(footprint), read)
    assert "7.5" in total
    assert "50" in total
    for person, system in ((a, a_system), (b, b_system)):
        until(lambda person=person, system=system: "すべて届いています" in person.look(system))
    with httpx.Client(base_url=origin, timeout=30) as foreign:
        said = {"operatorAccountId": ACCOUNTS["A"][0], "accountPassword": ACCOUNTS["A"][1]}
        key = {"apiKey": "Sample-APIKey1"}
        token = foreign.post("/auth/login", headers=key, json=said).json()["accessToken"]
        headers = {**key, "Authorization": f"Bearer {token}"}
        data = "/api/v1/datatransport?dataTarget="
        (asked,) = foreign.get(f"{data}tradeRequest", headers=headers).json()
        parts = {one["partsName"]: one["traceId"] for one in foreign.get(f"{data}parts", headers=headers).json()}
        assert sorted(parts) == ["部品A", "部品A1"]
        assert asked["upstreamTraceId"] is not None
        rows = foreign.get(f"{data}cfp&traceIds={parts['部品A']}", headers=headers).json()
        assert [row["ghgEmission"] for row in rows[4:]] == [3, 20, 7.5, 50]
    there.stop()
    a.send(f"{a_system}/read", a_system)
    home = until(lambda: "蓄電池データ流通 の応答を待っています" in a.look("/") and a.look("/"))
    assert "応答がありません。" in home
