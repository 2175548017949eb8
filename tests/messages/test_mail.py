"""Mail reaches people as they wish: what matters at once, a digest, once each; and nothing when no server is set."""

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import pytest
from tests.chain import Company, company
from tests.messages.test_webhooks import Deferred

from meguri.identity import service as identity
from meguri.identity.model import Member
from meguri.kernel.ids import new_id
from meguri.kernel.scope import Role
from meguri.messages import handing_over, jobs, service
from meguri.messages.model import Letter, MailWish, Wish
from meguri.messages.reaching import message_of
from meguri.operators import inbox
from meguri.operators.model import Relation
from meguri.storage.database import Database


@dataclass
class MailServer:
    """The smallest mail server: takes every letter, or says `refusal` to each recipient."""

    refusal: bytes | None = None
    letters: list[Any] = field(default_factory=list)
    port: int = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        while line := await reader.readline():
            verb = line.split()[0].upper() if line.split() else b""
            if verb == b"DATA":
                writer.write(b"354 go on\r\n")
                content = (await reader.readuntil(b"\r\n.\r\n"))[:-5]
                self.letters.append(email.message_from_bytes(content, policy=email.policy.default))
            if verb == b"RCPT" and self.refusal:
                writer.write(self.refusal)
            elif verb == b"QUIT":
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(b"250 ok\r\n")
        writer.close()


@pytest.fixture
async def mail_server() -> AsyncIterator[MailServer]:
    made = MailServer()
    server = await asyncio.start_server(made, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    async with server:
        yield made


PEOPLE = [
    Member(person_id=new_id(), email="sato@b.example", name="佐藤", role=Role.ADMIN, since=None),  # type: ignore[arg-type]
    Member(person_id=new_id(), email="smith@b.example", name="Smith", role=Role.EDITOR, since=None),  # type: ignore[arg-type]
]


@pytest.fixture
async def asked(
    post: Database, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> tuple[Database, Company, Company]:
    """B with two people was asked by A; the installation has a mail server."""
    post._installation = replace(post.installation, smtp_url=f"smtp://127.0.0.1:{mail_server.port}")
    a, b = await company(post, "A社"), await company(post, "B社")

    async def everyone(_: Database, operator_id: UUID) -> list[Member]:
        return PEOPLE if operator_id == b.id else []

    monkeypatch.setattr(identity, "everyone", everyone)
    await a.part("P", [("bought", 1)])
    await a.ask(b, "bought")
    return post, a, b


async def posted(post: Database, deferred: Deferred) -> None:
    waiting, deferred[:] = [one for one in deferred if one[0] == "messages.post"], []
    for _, args, _ in waiting:
        await jobs.post(post, **args)


async def test_a_new_request_is_mailed_at_once_in_the_language_wished_and_once(
    asked: tuple[Database, Company, Company], mail_server: MailServer, deferred: Deferred
) -> None:
    post, _, b = asked
    await b.run(service.wish_mail, PEOPLE[1].person_id, MailWish(language="en"))
    for _ in range(2):
        await handing_over.to_mail(post, b.id, digest=False)
    await posted(post, deferred)
    subjects = {letter["To"]: letter["Subject"] for letter in mail_server.letters}
    assert subjects == {
        "sato@b.example": "【Meguri】依頼登録（A社より）",
        "smith@b.example": "[Meguri] New request (A社)",
    }
    content = mail_server.letters[0].get_content()
    assert f"{post.installation.origin}/requests/" in content
    assert "bought" not in content


async def test_a_verifier_is_mailed_with_the_page_of_the_engagement(
    asked: tuple[Database, Company, Company], mail_server: MailServer, deferred: Deferred
) -> None:
    post, a, b = asked
    engagement = new_id()
    about = Relation(
        trade_id=engagement,
        request_id=engagement,
        downstream_operator_id=b.id,
        upstream_operator_id=a.id,
        downstream_trace_id=engagement,
    )
    async with post.transaction(a.scope) as tx:
        await inbox.notify(tx, b.id, "VERIFIER_INVITED", a.id, about)
    await handing_over.to_mail(post, b.id, digest=False)
    await posted(post, deferred)
    bodies = {letter["Subject"]: letter.get_content() for letter in mail_server.letters}
    assert f"{post.installation.origin}/verifying/{engagement}" in bodies["【Meguri】検証の依頼（A社より）"]
    assert f"{post.installation.origin}/requests/" in bodies["【Meguri】依頼登録（A社より）"]


async def test_who_wants_a_digest_or_nothing_gets_that(
    asked: tuple[Database, Company, Company], mail_server: MailServer, deferred: Deferred
) -> None:
    post, _, b = asked
    await b.run(service.wish_mail, PEOPLE[0].person_id, MailWish(wish=Wish.DAILY))
    await b.run(service.wish_mail, PEOPLE[1].person_id, MailWish(wish=Wish.NONE))
    await handing_over.to_mail(post, b.id, digest=False)
    await posted(post, deferred)
    assert mail_server.letters == []
    for _ in range(2):
        await handing_over.to_mail(post, b.id, digest=True)
    await posted(post, deferred)
    (letter,) = mail_server.letters
    assert letter["Subject"] == "【Meguri】この1日のお知らせ 1 件"
    assert "依頼登録: A社 1 件" in letter.get_content()


async def test_an_address_that_does_not_exist_is_given_up_and_a_busy_server_is_tried_again(
    asked: tuple[Database, Company, Company], mail_server: MailServer, deferred: Deferred
) -> None:
    post, _, b = asked
    await handing_over.to_mail(post, b.id, digest=False)
    mail_server.refusal = b"450 later\r\n"
    await posted(post, deferred)
    assert [(task, at is not None) for task, _, at in deferred] == [("messages.post", True)] * 2
    mail_server.refusal = b"550 no such user\r\n"
    await posted(post, deferred)
    assert deferred == []


async def test_a_line_break_in_a_subject_adds_no_header(post: Database) -> None:
    letter = Letter(recipient="x@y.example", what="t", subject="A\r\nBcc: all@y.example", body="b")
    message = message_of(post.installation, letter)
    assert message["Bcc"] is None
    assert message["Subject"] == "A Bcc: all@y.example"


async def test_without_a_mail_server_nobody_is_written_to(post: Database, deferred: Deferred) -> None:
    await jobs.hand_over(post)
    await jobs.digest(post)
    assert [task for task, _, _ in deferred if task == "messages.post"] == []
