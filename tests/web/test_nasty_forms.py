"""Every page of a company that has something everywhere stands, and no form on them, however filled, meets a mistake of ours."""

import random
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from uuid import UUID

import httpx
import pytest

from meguri.identity import service
from meguri.kernel.scope import PlatformRole

from .conftest import PASSWORD, Site
from .test_nasty_input import VALUES
from .test_pages import BROWSER
from .test_stranger_walk import closed, furnished
from .walk import Door

pytestmark = pytest.mark.anyio

TEXTS = ["²", "9" * 5000, *(str(value) for value in VALUES if isinstance(value, str | int | float))]
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
LEAVES = re.compile(r"/sign-out|/account/password|/account/leave|/access")
FILES = {"a.csv": b"a,b\n1,2\n\xff", "a.xlsx": b"PK\x03\x04", "a.json": b"[", "a.pdf": b"%PDF-"}


@dataclass
class Form:
    """A form of a page: where it goes, and each field with what stands in it."""

    action: str
    method: str
    values: dict[str, list[str]] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)

    @property
    def kind(self) -> tuple[str, ...]:
        """Forms of one kind differ in the thing they are about."""
        return (ID.sub("id", self.action), *sorted(self.values))


class Forms(HTMLParser):
    """The forms of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._chosen: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(told.get("action", ""), told.get("method", "get").lower()))
        elif self.found and tag in ("input", "textarea", "select", "button") and told.get("name"):
            self._chosen = told["name"]
            if told.get("type") == "file":
                self.found[-1].files.add(told["name"])
            else:
                self.found[-1].values.setdefault(told["name"], []).append(told.get("value", ""))
        elif self.found and tag == "option" and self._chosen:
            self.found[-1].values[self._chosen].append(told.get("value", ""))


async def enter(site: Site, client: httpx.AsyncClient) -> None:
    service.gate_of(site.db).memory.forget()
    answer = await client.post("/sign-in", data={"account": "eve@a.example", "password": PASSWORD})
    assert answer.status_code == 303, answer.text


async def filled(client: httpx.AsyncClient, form: Form, dice: random.Random) -> httpx.Response:
    told = {}
    for name, known in form.values.items():
        if name == "csrf_token":
            told[name] = known[0]
        elif dice.random() < 0.9:
            told[name] = dice.choice(known if dice.random() < 0.5 else TEXTS)
    files = {name: dice.choice([*FILES.items()]) for name in form.files}
    if form.method == "post":
        return await client.post(form.action, data=told, files=files or None)
    return await client.get(form.action, params=told)


async def shown(client: httpx.AsyncClient, door: Door, values: dict[str, object]) -> httpx.Response:
    """The page of a door; where the thing of that name is none of this door's, of whatever it has a page for."""
    about = {"part": values["trace_id"], "result": values["result_id"]}  # pages of something new ask what it is about
    page = await client.get(door.at(values), params=about if door.path.endswith("/new") else None)
    if page.status_code == 404 and door.places:
        for each in {value for value in values.values() if isinstance(value, UUID)}:
            page = await client.get(door.at(values | {door.places[0]: each}))
            if page.status_code != 404:
                break
    return page


async def test_every_page_stands_and_no_form_meets_a_mistake_of_ours(site: Site) -> None:
    values = await furnished(site)
    values["company_id"] = values["to_operator_id"]
    dice = random.Random(0)
    seen: set[tuple[str, ...]] = set()
    mistakes: set[str] = set()
    stood: set[str] = set()
    pages = [door for door in closed(site) if not door.is_api and door.method == "GET"]
    async with site.client(**BROWSER) as client:
        client.event_hooks = {}  # all mistakes are gathered
        for role, doors in by_role(pages):
            await service.set_platform_role(site.db, "eve@a.example", role)
            await enter(site, client)
            for door in doors:
                service.gate_of(site.db).memory.forget()
                client.headers["accept-language"] = dice.choice(["ja", "en"])
                page = await shown(client, door, values)
                if page.status_code == 303 and page.headers["location"].startswith("/sign-in"):
                    await enter(site, client)
                    page = await shown(client, door, values)
                if page.status_code >= 500:
                    mistakes.add(str(door))
                if page.status_code != 200 or not page.headers.get("content-type", "").startswith("text/html"):
                    continue
                stood.add(door.path)
                for form in Forms(page.text).found:
                    if form.kind in seen or LEAVES.search(form.action) or not form.action.startswith("/"):
                        continue
                    seen.add(form.kind)
                    for _ in range(2):
                        service.gate_of(site.db).memory.forget()
                        answer = await filled(client, form, dice)
                        if answer.status_code >= 500:
                            mistakes.add(f"{form.method} {answer.request.url.path}")
    assert not mistakes, "the log has the causes"
    assert len(stood) > 155
    assert len(seen) > 100


def by_role(pages: list[Door]) -> list[tuple[PlatformRole | None, list[Door]]]:
    """Who looks at which pages."""
    rest = [door for door in pages if not door.path.startswith(("/platform", "/authority"))]
    return [
        (None, rest),
        (PlatformRole.AUTHORITY, [door for door in pages if door.path.startswith("/authority")]),
        (PlatformRole.PLATFORM_OPERATOR, [door for door in pages if door.path.startswith("/platform")]),
    ]
