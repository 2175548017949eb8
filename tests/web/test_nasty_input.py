"""Nasty values in every field, parameter and place of every door: no answer is a mistake of ours, all have the problem's shape."""

import random
from typing import Any

import pytest

from meguri.identity import service
from meguri.kernel.ids import new_id

from .conftest import Site
from .test_stranger_walk import closed, furnished

pytestmark = pytest.mark.anyio

VALUES: list[Any] = [
    None,
    True,
    0,
    -1,
    2**70,
    1e308,
    "",
    " ",
    "\x00",
    "a\x00b",
    "'; DROP TABLE person; --",
    "%s %(x)s {0} {x}",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "巡り" * 300,
    "\u202e\ufeff\U0001f600",
    "1E+400",
    "NaN",
    "-0.000000000000000000001",
    "2026-02-30",
    "9999-12-31T23:59:59Z",
    "00000000-0000-0000-0000-000000000000",
    str(new_id()),
    [],
    [None],
    ["x"] * 200,
    {},
    {"x": {"y": []}},
]
TURNS = 6
ELSEWHERE = {"outside.system_away"}  # doors that ask a server which is not ours: that it is away is no mistake of ours


def filled(schema: dict[str, Any], document: dict[str, Any], dice: random.Random, depth: int = 0) -> Any:
    """A body with the fields of `schema`, each right or nasty by the dice."""
    if dice.random() < 0.25 or depth > 3:
        return dice.choice(VALUES)
    if "$ref" in schema:
        return filled(document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], document, dice, depth)
    if "oneOf" in schema:
        return filled(dice.choice(schema["oneOf"]), document, dice, depth)
    if "enum" in schema:
        return dice.choice(schema["enum"])
    if schema.get("type") == "object" or "properties" in schema:
        fields = schema.get("properties", {})
        return {name: filled(each, document, dice, depth + 1) for name, each in fields.items() if dice.random() < 0.9}
    if schema.get("type") == "array":
        return [filled(schema.get("items", {}), document, dice, depth + 1) for _ in range(dice.randrange(3))]
    return {"string": dice.choice(["a", str(new_id()), "1.5"]), "integer": 1, "number": 1.5}.get(
        schema.get("type", ""), "x"
    )


@pytest.mark.parametrize("seed", range(2))
async def test_no_input_is_answered_by_a_mistake_of_ours(site: Site, seed: int) -> None:
    values = await furnished(site)
    dice = random.Random(seed)
    async with site.client() as client:
        document = (await client.get("/api/v1/openapi.json")).json()
        for door in closed(site):
            operation = document["paths"].get(door.path, {}).get(door.method.lower())
            if operation is None or door.path in ("/api/v1/session", "/api/v1/session/password"):
                continue
            content = operation.get("requestBody", {}).get("content", {})
            for _ in range(TURNS):
                service.gate_of(site.db).memory.forget()
                client.headers["authorization"] = f"Bearer {await _token(site)}"
                asked: dict[str, Any] = {"params": _parameters(operation, dice)}
                if "application/json" in content:
                    asked["json"] = filled(content["application/json"]["schema"], document, dice)
                path = door.at({name: dice.choice([value, new_id(), "x"]) for name, value in values.items()})
                answer = await client.request(door.method, path, **asked)
                if answer.status_code >= 500:
                    assert answer.json()["code"] in ELSEWHERE, (str(door), asked, answer.text)
                if answer.status_code >= 400:
                    assert answer.headers["content-type"] == "application/problem+json", (str(door), asked)
                    assert str(answer.status_code) in operation["responses"], (str(door), answer.status_code)


_kept: dict[int, str] = {}


async def _token(site: Site) -> str:
    """Somebody of the company with things; signed in once."""
    if id(site) not in _kept:
        _kept.clear()
        _kept[id(site)] = await site.token("eve@a.example")
    return _kept[id(site)]


def _parameters(operation: dict[str, Any], dice: random.Random) -> dict[str, str]:
    named = [each["name"] for each in operation.get("parameters", []) if each["in"] == "query"]
    plain = [value for value in VALUES if isinstance(value, str | int | float)]
    return {name: str(dice.choice(plain)) for name in named if dice.random() < 0.6}
