"""The traceability system towards applications."""

from typing import Any

import pytest

from meguri.dataspaces.ouranos.profile import Profile

from .conftest import HOST, SEEDS, MakeTown, Town

pytestmark = pytest.mark.anyio
A, B, C = (str(SEEDS[who].operator_id) for who in "ABC")
NOBODY = "00000000-0000-4000-8000-000000000000"


def refused(answer: Any, status: int = 400) -> list[str]:
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert list(body) == ["errors"]
    assert all(list(one) == ["errorCode", "errorDescription"] for one in body["errors"])
    assert len(answer.headers["x-track"]) == 32
    return [one["errorCode"] for one in body["errors"]]


async def linked(town: Town) -> tuple[str, str, str, str]:
    """(trade, status, A's part, B's part) of an answered request."""
    part, mine = await town.part("A", "部品"), await town.part("B", "品", terminatedFlag=True)
    trade, status = await town.request("A", "B", part)
    assert (await town.link("B", trade, mine)).status_code == 201
    assert (await town.declare("B", mine, 1.5, 10)).status_code == 201
    return trade, status, part, mine


async def test_key_then_token_then_required_then_form_then_owner(town: Town) -> None:
    token = f"Bearer {await town.token('A')}"
    url = "/cfpAcl?operatorId=&traceId="
    assert refused(await town.send("GET", url, None, {}), 403) == ["MSGMGA0003"]
    assert refused(await town.send("GET", url, None, {"x-api-key": "k"}), 401) == ["MSGMGA0001"]
    assert refused(await town.send("GET", url, None, {"x-api-key": "k", "Authorization": "Bearer x"}), 401) == [
        "MSGMGA0002"
    ]
    both = {"x-api-key": "k", "Authorization": token}
    missing = await town.send("GET", url, None, both)
    assert [one["errorDescription"] for one in missing.json()["errors"]] == [
        "operatorIdは必須項目です。",
        "traceIdは必須項目です。",
    ]
    form = await town.send("GET", f"/cfpAcl?operatorId={B}&traceId=x", None, both)
    assert refused(form) == ["MSGMGO0001"]
    assert form.json()["errors"][0]["errorDescription"] == "traceIdの形式が正しくありません。"
    assert refused(await town.send("GET", f"/cfpAcl?operatorId={B}&traceId={NOBODY}", None, both)) == ["MSGAECO0025"]


async def test_where_keys_are_checked_only_an_applications_key_opens(found_town: MakeTown) -> None:
    town = await found_town(Profile(ip_restriction=False, behind_proxy=False))
    url = f"/cfpAcl?operatorId={A}&traceId={NOBODY}"
    assert refused(await town.north("A", "GET", url), 403) == ["MSGMGA0003"]
    assert refused(await town.north("A", "GET", url, **{"x-api-key": "Sample-APIKey2"}), 403) == ["MSGMGA0003"]
    assert (await town.north("A", "GET", url, **{"x-api-key": "Sample-APIKey1"})).json() == []


async def test_bodies_are_refused_with_the_key_that_is_wrong(town: Town) -> None:
    assert refused(await town.north("B", "POST", "/cfpAcl", {})) == ["MSGAECO0001"] * 4
    broken = await town.north("B", "POST", "/cfpAcl", b"{")
    assert broken.json()["errors"][0]["errorDescription"] == "リクエストボディの形式が正しくありません。"
    typed = await town.north("B", "POST", "/cfpAcl", {"acl": [{"releasedFlag": "x"}]})
    assert typed.json()["errors"][0]["errorDescription"] == "releasedFlagの形式が正しくありません。"
    group = {"operatorId": B, "releasedToOperatorId": A, "traceId": NOBODY}
    odd = await town.north("B", "POST", "/cfpAcl", group | {"acl": [{"aclItemGroup": "X", "releasedFlag": True}]})
    assert odd.json()["errors"][0] == {
        "errorCode": "MSGMGO0003",
        "errorDescription": "aclItemGroupに指定できない値です。",
    }
    long = {"operatorId": B, "requestId": NOBODY, "replyMessage": "x" * 1001}
    answer = await town.north("B", "POST", "/replyMessages", long)
    assert answer.json()["errors"][0]["errorDescription"] == "replyMessageは1000文字以内で入力してください。"
    assert refused(await town.north("A", "PATCH", "/cfpAcl"), 404) == ["MSGMGO0005"]


async def test_releases_replace_a_family_and_are_repeatable(town: Town) -> None:
    _, _, _, mine = await linked(town)
    url = f"/cfpAcl?operatorId={B}&traceId={mine}"
    (row,) = (await town.north("B", "GET", url)).json()
    assert row == {
        "releasedFromOperatorId": B,
        "releasedToOperatorId": A,
        "traceId": mine,
        "acl": [{"aclItemGroup": "TOTALCFP", "releasedFlag": True}, {"aclItemGroup": "TOTALDQR", "releasedFlag": True}],
    }
    body = {"operatorId": B, "releasedToOperatorId": A, "traceId": mine}
    only = body | {"acl": [{"aclItemGroup": "TOTALDQR", "releasedFlag": True}]}
    for _ in range(2):
        assert (await town.north("B", "POST", "/cfpAcl", only)).json() == {"traceId": mine}
    (row,) = (await town.north("B", "GET", url)).json()
    assert [group["releasedFlag"] for group in row["acl"]] == [False, True]
    certificate = f"/cfpCertificationAcl?operatorId={B}&traceId={mine}"
    assert (await town.north("B", "GET", certificate)).json()[0]["releasedFlag"] is True
    closed = await town.north("B", "POST", "/cfpCertificationAcl", body | {"releasedFlag": False})
    assert closed.json() == {"traceId": mine}
    assert (await town.north("B", "GET", certificate)).json()[0]["releasedFlag"] is False


async def test_nothing_is_released_of_anothers_part_or_to_a_stranger(town: Town) -> None:
    _, _, part, mine = await linked(town)
    acl = [{"aclItemGroup": "TOTALCFP", "releasedFlag": True}]
    foreign = {"operatorId": B, "releasedToOperatorId": A, "traceId": part, "acl": acl}
    assert refused(await town.north("B", "POST", "/cfpAcl", foreign)) == ["MSGAECI0005"]
    stranger = {"operatorId": B, "releasedToOperatorId": C, "traceId": mine, "acl": acl}
    assert refused(await town.north("B", "POST", "/cfpAcl", stranger)) == ["MSGMGA0004"]
    assert (await town.north("A", "GET", f"/cfpAcl?operatorId={A}&traceId={mine}")).json() == []


async def test_notifications_tell_what_happened_newest_first(town: Town) -> None:
    trade, status, part, mine = await linked(town)
    told = (await town.north("A", "GET", f"/notifications?operatorId={A}")).json()
    assert list(told) == ["notifications", "next"]
    assert told["next"] is None
    (answered,) = told["notifications"]
    assert answered["notificationType"] == "CFP_RESPONSED"
    assert answered["notifiedFromOperatorId"] == B
    assert answered["tradeRelation"] == {
        "tradeId": trade,
        "requestId": status,
        "downstreamOperatorId": A,
        "upstreamOperatorId": B,
        "downstreamTraceId": part,
        "upstreamTraceId": mine,
    }
    (asked,) = (await town.north("B", "GET", f"/notifications?operatorId={B}")).json()["notifications"]
    assert asked["notificationType"] == "REQUEST_NEW"
    assert "upstreamTraceId" not in asked["tradeRelation"]
    day = answered["notifiedAt"][:10]
    for window, count in (
        (f"notifiedAtFrom={day}&notifiedAtTo={day}", 1),
        (f"notifiedAtFrom={day}T00:00:00.000Z&notifiedAtTo={day}T23:59:59.999Z", 1),
        ("notifiedAtFrom=2999-01-01", 0),
        ("notifiedAtTo=2000-01-01", 0),
    ):
        found = await town.north("A", "GET", f"/notifications?operatorId={A}&{window}")
        assert len(found.json()["notifications"]) == count
    bad = await town.north("A", "GET", f"/notifications?operatorId={A}&notifiedAtFrom=yesterday")
    assert refused(bad) == ["MSGMGO0001"]
    assert refused(await town.north("A", "GET", f"/notifications?operatorId={A}&after={NOBODY}")) == ["MSGAECO0020"]
    later = await town.north("A", "GET", f"/notifications?operatorId={A}&after={answered['notificationId']}")
    assert len(later.json()["notifications"]) == 1


async def test_a_page_of_the_same_name_is_left_to_people(town: Town) -> None:
    assert (await town.send("GET", f"/notifications?operatorId={A}", None, {})).text == "inner"


async def test_a_client_may_ask_whether_its_writes_were_done(town: Town) -> None:
    written = await town.transport("A", "PUT", "parts", await town.part_body("A", "部品"))
    track = written.headers["x-track"]
    as_uuid = f"{track[:8]}-{track[8:12]}-{track[12:16]}-{track[16:20]}-{track[20:]}".upper()
    for given in (track, as_uuid, f"{'0' * 32},{track}"):
        (row,) = (await town.north("A", "GET", f"/requestStatus?operatorId={A}&trackId={given}")).json()
        assert row["trackId"] == track
        assert (row["acceptedRequestStatus"], row["summaryRequestStatus"]) == ("SUCCESS", "SUCCESS")
    assert (await town.north("B", "GET", f"/requestStatus?operatorId={B}&trackId={track}")).json() == []
    many = await town.north("A", "GET", f"/requestStatus?operatorId={A}&trackId={','.join([track] * 11)}")
    assert refused(many) == ["MSGMGO0004"]
    assert refused(await town.north("A", "GET", f"/requestStatus?operatorId={A}&trackId=x")) == ["MSGMGO0001"]


async def test_a_supplier_writes_to_its_customer_in_any_state(town: Town) -> None:
    trade, status, _, _ = await linked(town)
    said = {"operatorId": B, "requestId": status, "replyMessage": "確認中です"}
    assert (await town.north("B", "POST", "/replyMessages", said)).json() == {"requestId": status}
    assert (await town.transport("A", "GET", "status")).json()[0]["replyMessage"] == "確認中です"
    assert refused(await town.north("A", "POST", "/replyMessages", said | {"operatorId": A}), 403) == ["MSGAECO0025"]
    assert refused(await town.north("C", "POST", "/replyMessages", said | {"operatorId": C})) == ["MSGAECO0020"]
    await town.north("B", "POST", "/replyMessages", said | {"replyMessage": ""})
    assert (await town.transport("A", "GET", "status")).json()[0]["replyMessage"] is None
    assert (await town.transport("A", "GET", "status")).json()[0]["tradeId"] == trade


# Certificates


async def sent(town: Town, part: str, name: str = "証明書 1.pdf", content: bytes = b"%PDF-1.7 x") -> tuple[str, str]:
    """(certificate, file) that B attached to one of its parts."""
    wanted = {"operatorId": B, "fileInfo": [{"fileName": name, "extension": name.rpartition(".")[2]}]}
    (place,) = (await town.north("B", "POST", "/fileUploadUrl", wanted)).json()
    assert list(place) == ["fileId", "fileName", "URL"]
    assert place["URL"].startswith(f"{HOST}/")
    key_id = (await town.north("B", "GET", "/keyId?")).text
    headers = {
        "x-amz-server-side-encryption": "aws:kms",
        "x-amz-server-side-encryption-aws-kms-key-id": key_id,
        "Content-Type": "application/pdf",
    }
    uploaded = await town.client.put(place["URL"], content=content, headers=headers)
    assert (uploaded.status_code, uploaded.content) == (200, b"")
    body = {
        "operatorId": B,
        "traceId": part,
        "cfpCertificationDescription": "説明",
        "cfpCertificationFileInfo": [{"fileId": place["fileId"], "fileName": name}],
    }
    kept = (await town.north("B", "POST", "/cfpCertificationInfo", body)).json()
    assert kept["cfpCertificationFileInfo"][-1] == {"operatorId": B, "fileId": place["fileId"], "fileName": name}
    return kept["cfpCertificationId"], place["fileId"]


async def test_a_certificate_travels_with_the_answer_only_when_released(town: Town) -> None:
    trade, _, part, mine = await linked(town)
    certificate, file_id = await sent(town, mine)
    (own,) = (await town.transport("B", "GET", f"cfpCertification&traceId={mine}")).json()
    assert own == {
        "cfpCertificationId": certificate,
        "traceId": mine,
        "cfpCertificationDescription": "説明",
        "cfpCertificationFileInfo": [{"operatorId": B, "fileId": file_id, "fileName": "証明書 1.pdf"}],
    }
    (seen,) = (await town.transport("A", "GET", f"cfpCertification&traceId={part}")).json()
    assert seen == own | {"cfpCertificationId": trade, "cfpCertificationDescription": None}
    query = f"operatorId={A}&fileOperatorId={B}&fileId={file_id}&downloadType=OTHER&cfpCertificationId={trade}"
    place = (await town.north("A", "GET", f"/fileDownloadUrl?{query}")).json()
    fetched = await town.client.get(place["URL"])
    assert fetched.content == b"%PDF-1.7 x"
    assert fetched.headers["content-disposition"] == "attachment; filename*=UTF-8''%E8%A8%BC%E6%98%8E%E6%9B%B8%201.pdf"
    assert fetched.headers["x-content-type-options"] == "nosniff"
    _, elsewhere = await sent(town, await town.part("B", "別"))
    for asked_for, said in ((NOBODY, "MSGAECO0020"), (elsewhere, "MSGMGF0005")):
        refusal = await town.north("A", "GET", f"/fileDownloadUrl?{query.replace(file_id, asked_for)}")
        assert refused(refusal, refusal.status_code) == [said]
    close = {"operatorId": B, "releasedToOperatorId": A, "traceId": mine, "releasedFlag": False}
    await town.north("B", "POST", "/cfpCertificationAcl", close)
    (seen,) = (await town.transport("A", "GET", f"cfpCertification&traceId={part}")).json()
    assert seen["cfpCertificationFileInfo"] is None
    assert refused(await town.north("A", "GET", f"/fileDownloadUrl?{query}"), 403) == ["MSGMGF0005"]
    assert (await town.transport("C", "GET", f"cfpCertification&traceId={mine}")).json() == []


async def test_files_are_added_one_by_one_and_the_record_goes_with_the_last(town: Town) -> None:
    _, _, _, mine = await linked(town)
    first, one = await sent(town, mine, "1.pdf")
    second, two = await sent(town, mine, "2.PDF")
    assert first == second
    own = f"operatorId={B}&fileOperatorId={B}&fileId={one}&downloadType=OWN"
    place = (await town.north("B", "GET", f"/fileDownloadUrl?{own}")).json()
    assert (await town.client.get(place["URL"])).status_code == 200
    url = f"/cfpCertifications?operatorId={B}&traceId={mine}"
    assert (await town.north("B", "DELETE", f"{url}&fileId={one}")).json() == {"traceId": mine, "fileId": one}
    assert refused(await town.north("B", "DELETE", f"{url}&fileId={NOBODY}")) == ["MSGAECO0020"]
    assert (await town.north("B", "DELETE", url)).json() == {"traceId": mine}
    assert (await town.transport("B", "GET", f"cfpCertification&traceId={mine}")).json() == []
    assert two != one


async def test_what_may_not_be_uploaded_or_attached_is_told(town: Town) -> None:
    part = await town.part("B", "品")
    for name, extension in (("virus.exe", "exe"), ("a.exe", "pdf"), ("a.pdf", "exe"), ("pdf", "pdf")):
        wanted = {"operatorId": B, "fileInfo": [{"fileName": name, "extension": extension}]}
        assert refused(await town.north("B", "POST", "/fileUploadUrl", wanted)) == ["MSGMGF0001"], name
    (place,) = (
        await town.north(
            "B", "POST", "/fileUploadUrl", {"operatorId": B, "fileInfo": [{"fileName": "a.txt", "extension": "txt"}]}
        )
    ).json()
    body = {
        "operatorId": B,
        "traceId": part,
        "cfpCertificationFileInfo": [{"fileId": place["fileId"], "fileName": "a.txt"}],
    }
    assert refused(await town.north("B", "POST", "/cfpCertificationInfo", body)) == ["MSGMGF0004"]
    wrong_key = {"x-amz-server-side-encryption-aws-kms-key-id": "other"}
    assert refused(await town.client.put(place["URL"], content=b"x", headers=wrong_key), 403) == ["MSGMGF0003"]
    assert (await town.client.put(place["URL"], content=b"x")).status_code == 200
    assert refused(await town.client.put(place["URL"], content=b"x"), 403) == ["MSGMGF0003"]
    assert refused(await town.client.put("/cfpCertificationFiles/nonsense", content=b"x"), 403) == ["MSGMGF0003"]
    assert refused(await town.client.get("/cfpCertificationFiles/nonsense"), 403) == ["MSGMGF0003"]
    foreign = {"operatorId": A, "traceId": await town.part("A", "部品")}
    stolen = foreign | {"cfpCertificationFileInfo": body["cfpCertificationFileInfo"]}
    assert refused(await town.north("A", "POST", "/cfpCertificationInfo", stolen)) == ["MSGMGF0004"]
    unknown = body | {"cfpCertificationId": NOBODY}
    assert refused(await town.north("B", "POST", "/cfpCertificationInfo", unknown)) == ["MSGAECO0020"]
    query = f"operatorId={B}&fileOperatorId={B}&fileId={place['fileId']}&downloadType=OTHER"
    assert refused(await town.north("B", "GET", f"/fileDownloadUrl?{query}")) == ["MSGAECO0001"]
    assert refused(await town.north("B", "GET", "/fileDownloadUrl")) == ["MSGAECO0001"] * 5
