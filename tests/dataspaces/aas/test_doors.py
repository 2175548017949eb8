"""The shell interface over HTTP: what the kit reads, what it must refuse, and what each viewer sees."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from tests.conftest import Fresh
from tests.dataspaces.dsp.conftest import World, world
from tests.dataspaces.dsp.node_of_tests import running

from meguri.dataspaces.aas.parameters import encoded
from meguri.traceability.model import RequestType

pytestmark = pytest.mark.anyio
assert world


@pytest.fixture(scope="module")
async def kit(fresh: Fresh, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx.AsyncClient]:
    ground = fresh()
    async with running(ground, tmp_path_factory.mktemp("aas"), profile="conformance") as node:
        async with node.client() as client:
            client.base_url = "http://meguri.test/api/v3.0/"
            yield client
    fresh.drop(ground)


def sound(answer: httpx.Response, status: int) -> None:
    assert answer.status_code == status, answer.text
    message = answer.json()["messages"][0]
    assert 1 <= len(message["code"]) <= 32
    assert len(message["correlationId"]) == 32
    assert message["messageType"] == "Error"
    assert message["timestamp"].endswith("Z")


def no_empty_arrays(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and all(no_empty_arrays(one) for one in value)
    if isinstance(value, dict):
        return all(one is not None and no_empty_arrays(one) for one in value.values())
    return True


async def first(kit: httpx.AsyncClient) -> tuple[str, str]:
    shells = (await kit.get("shells")).json()["result"]
    assert len(shells) == 2
    return shells[0]["id"], shells[0]["submodels"][0]["keys"][0]["value"]


async def test_anyone_reads_the_two_shells_and_every_part_of_their_submodel(kit: httpx.AsyncClient) -> None:
    shell_id, submodel_id = await first(kit)
    shell, sm = encoded(shell_id), encoded(submodel_id)
    paths = ["shells?limit=1", "shells/", f"shells/{shell}", f"shells/{shell}/", f"shells/{shell}/$reference", "shells/$reference",
             f"shells/{shell}/asset-information", f"shells/{shell}/submodel-refs", f"shells/{shell}/submodels/{sm}",
             f"shells/{shell}/submodels/{sm}/submodel-elements", "submodels", "submodels/$metadata", "submodels/$value",
             "submodels/$reference", "submodels/$path", f"submodels/{sm}?level=core", f"submodels/{sm}?extent=withBlobValue",
             "serialization", f"serialization?aasIds={shell}&submodelIds={sm}&includeConceptDescriptions=false", "description",
             "shell-descriptors", f"shell-descriptors/{shell}", f"shell-descriptors/{shell}/submodel-descriptors",
             f"shell-descriptors/{shell}/submodel-descriptors/{sm}", "submodel-descriptors",
             f"submodel-descriptors/{sm}", "lookup/shells",
             f"lookup/shells/{shell}"]  # fmt: skip
    for form in ("", "/$metadata", "/$value", "/$reference", "/$path"):
        paths += [
            f"submodels/{sm}{form}",
            f"submodels/{sm}/submodel-elements{form}",
            f"submodels/{sm}/submodel-elements/Maker{form}",
        ]
    for path in paths:
        answer = await kit.get(path)
        assert answer.status_code == 200, (path, answer.text)
        body = answer.json()
        assert no_empty_arrays(body) or "paging_metadata" in body, path
        assert answer.headers["content-type"] == "application/json"
    assert (await kit.get(f"submodels/{sm}/submodel-elements/Mass/$value")).json() == {"Mass": 12.5}
    assert (await kit.get(f"submodels/{sm}/submodel-elements/Cells[0].Serial")).json()["value"] == "A"
    assert (await kit.get(f"submodels/{sm}/submodel-elements/Picture/attachment")).headers[
        "content-type"
    ] == "image/png"


async def test_pages_are_walked_by_their_cursor_to_one_without(kit: httpx.AsyncClient) -> None:
    one = (await kit.get("shells?limit=1")).json()
    two = (await kit.get(f"shells?limit=1&cursor={one['paging_metadata']['cursor']}")).json()
    assert (len(one["result"]), len(two["result"]), two["paging_metadata"]) == (1, 1, {})
    assert one["result"][0]["id"] != two["result"][0]["id"]
    assert (await kit.get("shells?idShort=ExampleTwo")).json()["result"][0]["idShort"] == "ExampleTwo"
    assert (await kit.get("shells?idShort=Nothing")).json() == {"paging_metadata": {}, "result": []}


async def test_a_page_of_a_kind_is_full_while_there_are_more(kit: httpx.AsyncClient) -> None:
    every = (await kit.get("shells")).json()["result"]
    kinds = {one["id"]: one["assetInformation"]["assetKind"] for one in every}
    kind = kinds[every[-1]["id"]]
    found = (await kit.get("shell-descriptors", params={"assetKind": kind, "limit": 1})).json()
    same = [name for name, of in kinds.items() if of == kind]
    walked = [one["id"] for one in found["result"]]
    while "cursor" in found["paging_metadata"]:
        asked = {"assetKind": kind, "limit": 1, "cursor": found["paging_metadata"]["cursor"]}
        found = (await kit.get("shell-descriptors", params=asked)).json()
        assert len(found["result"]) == 1
        walked += [one["id"] for one in found["result"]]
    assert walked == same
    none = (await kit.get("shell-descriptors", params={"assetKind": "Role", "limit": 1})).json()
    assert none == {"paging_metadata": {}, "result": []}


async def test_a_shell_is_found_by_its_global_asset_id(kit: httpx.AsyncClient) -> None:
    shell = (await kit.get("shells")).json()["result"][1]
    pair = json.dumps({"name": "globalAssetId", "value": shell["assetInformation"]["globalAssetId"]})
    for place in ("shells", "shells/$reference"):
        assert len((await kit.get(place, params={"assetIds": encoded(pair)})).json()["result"]) == 1
    assert (await kit.get("lookup/shells", params={"assetIds": encoded(pair)})).json()["result"] == [shell["id"]]
    serial = json.dumps({"name": "serialNumber", "value": "ExampleOne"})
    both = await kit.get("lookup/shells", params={"assetIds": [encoded(pair), encoded(serial)]})
    assert both.json()["result"] == []  # of two different shells


async def test_paths_of_all_submodels_are_counted_one_by_one(kit: httpx.AsyncClient) -> None:
    whole = (await kit.get("submodels/$path")).json()["result"]
    assert all(isinstance(one, str) for one in whole)
    walked: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = (
            await kit.get("submodels/$path", params={"limit": 7, **({"cursor": cursor} if cursor else {})})
        ).json()
        assert len(answer["result"]) <= 7
        walked += answer["result"]
        cursor = answer["paging_metadata"].get("cursor")
    assert walked == whole
    assert len((await kit.get("submodels/$path?limit=1")).json()["result"]) == 1


async def test_a_self_managed_entity_says_its_asset_without_its_value_and_flags_come_in_any_case(
    kit: httpx.AsyncClient,
) -> None:
    _, submodel_id = await first(kit)
    found = (await kit.get(f"submodels/{encoded(submodel_id)}/submodel-elements/Pack/$metadata")).json()
    assert found["globalAssetId"] == "urn:example:pack"
    assert "statements" not in found
    assert (await kit.get("serialization?includeConceptDescriptions=True")).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["shells?limit=-1", "shells?limit=0", "shells?limit=abc", "shells?cursor=nonsense", "submodels?level=%23%23%23",
     "submodels?extent=x", "serialization?includeConceptDescriptions=invalid-bool", "shells/invalid-base64url=====",
     "submodels/invalid-base64url=====", "shells/_w", "shells?assetIds=abc", "lookup/shells?assetIds=eyJhIjoxfQ"],
)  # fmt: skip
async def test_bad_input_is_400_with_messages(kit: httpx.AsyncClient, path: str) -> None:
    sound(await kit.get(path), 400)


async def test_what_is_not_there_is_404_with_messages(kit: httpx.AsyncClient) -> None:
    _, submodel_id = await first(kit)
    sm = encoded(submodel_id)
    for path in ("shells/dW5rbm93bg", "submodels/dW5rbm93bg", f"submodels/{sm}/submodel-elements/Nothing",
                 f"submodels/{sm}/submodel-elements/Cells[99]", "nothing", "shell-descriptors/dW5rbm93bg",
                 "submodel-descriptors/dW5rbm93bg",
                 "lookup/shells/dW5rbm93bg"):  # fmt: skip
        sound(await kit.get(path), 404)


async def test_nothing_is_written_here(kit: httpx.AsyncClient) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        refused = await kit.request(method, "shells")
        sound(refused, 405)
        assert refused.headers["allow"] == "GET, HEAD"
    sound(await kit.post("submodels/x/submodel-elements/Measure/invoke"), 501)


async def linked(world: World, supplier: Any, customer: Any, name: str) -> Any:
    await customer.company.part(f"{name}-bought", [("inner", 1)])
    await supplier.company.part(name, ends=True)
    trade = await customer.company.ask(supplier.company, "inner", RequestType.CFP)
    await supplier.company.link(trade, name)
    return await supplier.company.part_id(name)


async def shells_seen(world: World, path: str, **headers: str) -> Any:
    return (await world.client.get(f"/t/{world.a.company.id}/api/v3.0/{path}", headers=headers)).json()


def pair(name: str, value: str) -> str:
    return encoded(json.dumps({"name": name, "value": value}, separators=(",", ":")))


async def as_partner(world: World, path: str, asked: Any = None) -> Any:
    url = f"{world.node.settings.public_url}/t/{world.a.company.id}/api/v3.0/{path}"
    method, raw = ("GET", b"") if asked is None else ("POST", json.dumps(asked).encode())
    headers = {"content-type": "application/json", **world.stranger.proof(world.a.did, method, url, raw)}
    return await world.client.request(method, url, content=raw, headers=headers)


async def test_each_partner_finds_the_twin_by_what_it_may_see_and_a_stranger_finds_nothing(world: World) -> None:
    trace_id = await linked(world, world.a, world.b, "twin")
    look = f"lookup/shells?assetIds={pair('traceId', str(trace_id))}"
    assert (await shells_seen(world, look))["result"] == []
    assert (await shells_seen(world, "shells"))["result"] == []
    shell = encoded(f"{world.node.settings.public_url}/aas/{trace_id}")
    assert "messages" in await shells_seen(world, f"shells/{shell}")
    assert (await as_partner(world, look)).json()["result"] == []
    await world.a.partner(world.stranger.did, partner_operator_id=world.b.company.id)
    try:
        seen = (await as_partner(world, look)).json()["result"]
        assert len(seen) == 1
        links = [{"name": "traceId", "value": str(trace_id)}]
        assert (await as_partner(world, "lookup/shellsByAssetLink", links)).json()["result"] == seen
        links = [{"name": "traceId", "value": str(world.a.company.id)}]
        assert (await as_partner(world, "lookup/shellsByAssetLink", links)).json()["result"] == []
        assert (await as_partner(world, f"lookup/shells?assetIds={pair('traceId', str(world.a.company.id))}")).json()[
            "result"
        ] == []
        descriptor = (await as_partner(world, f"shell-descriptors/{shell}")).json()
        assert [one["idShort"] for one in descriptor["submodelDescriptors"]] == ["SerialPart"]
        keys = descriptor["specificAssetIds"][0]["externalSubjectId"]["keys"]
        assert [one["value"] for one in keys] == [world.stranger.did]
    finally:
        await world.a.partner(world.stranger.did)


async def test_an_agreement_on_the_footprint_shows_its_submodel_and_no_others(world: World) -> None:
    dataset_id = await world.a.offer("cell", world.b.did)
    await world.b.agreed(world.a, dataset_id)
    from meguri.dataspaces.aas import reading, store
    from meguri.dataspaces.aas.view import OWN, PUBLIC, Viewer
    from meguri.dataspaces.dsp import plane
    from meguri.dataspaces.dsp.offering import Terms

    trace_id = await world.a.company.part_id("cell")
    agreed = await world.a.run(plane.agreed_on, world.b.did)
    counted = await world.a.offer("pack", world.b.did, Terms(most_calls=1), kind="parts-structure")
    await world.b.agreed(world.a, counted)  # what is limited in number is had where each call is counted
    assert await world.a.run(plane.agreed_on, world.b.did) == agreed
    assert ("cfp-result", str(trace_id)) in agreed
    shell = await world.a.run(store.shell, (OWN,), f"{world.node.settings.public_url}/aas/{trace_id}")
    partner = Viewer(audiences=(PUBLIC, world.b.did), did=world.b.did, agreed=agreed)
    seen = await world.a.run(reading.submodels_of, partner, shell)
    assert [one["idShort"] for one in seen] == ["SerialPart", "Pcf"]
    values = {one["idShort"]: one.get("value") for one in seen[1]["submodelElements"]}
    assert values["pcfExcludingBiogenic"] == "61.25"
    assert await world.a.run(reading.submodels_of, Viewer(audiences=(PUBLIC,)), shell) == []
