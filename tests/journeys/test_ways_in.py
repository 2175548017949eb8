"""Passkeys in a real browser with an authenticator of its own (CDP), and the pages around signing in, for all looks."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.journeys.browser import LOOKS, Look, Reader, axe_clean, fits, ready
from tests.journeys.conftest import Readers
from tests.journeys.demo import Demo, demo_site
from tests.journeys.test_exchange import press, seen, words
from tests.journeys.test_people import keep

from meguri.commands.demo import PASSWORD, mail_of

pytestmark = pytest.mark.browser
Enter = Callable[..., Reader]


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with demo_site() as running:
        running.base = running.base.replace("127.0.0.1", "localhost")  # passkeys are bound to names
        yield running


@pytest.fixture
def site(demo: Demo) -> str:
    return demo.base


def authenticator(page: Page) -> Any:
    """A device with a fingerprint reader that always recognises its owner."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    return devtools, devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]


def test_a_passkey_is_made_used_for_the_door_and_for_a_fresh_proof_and_removed(
    demo: Demo, readers: Readers, look: Look
) -> None:
    company = ("cell", "pack", "cathode", "vehicle")[LOOKS.index(look)]
    page = demo.sign_in(readers(look), company).open("/account")
    authenticator(page)
    press(page, page.get_by_role("link", name=words(look, "identity.account.security")))
    seen(page)
    keep(page, "security-empty", look)
    page.locator("#f-name").fill("鍵 1")
    press(page, page.get_by_role("button", name=words(look, "identity.security.add")))
    expect(page.locator("table")).to_contain_text("鍵 1")
    seen(page)
    keep(page, "security", look)

    page.locator("details.company-menu summary").click()
    press(page, page.locator("form.menu-out button"))
    expect(page.locator("h1")).to_have_text(words(look, "identity.sign_in.title"))
    axe_clean(page)
    fits(page)
    keep(page, "sign-in-passkey", look)
    page.goto(demo.base + "/sign-in?next=/account/security")
    ready(page)
    press(page, page.get_by_role("button", name=words(look, "identity.sign_in.passkey")))
    expect(page).to_have_url(demo.base + "/account/security")

    page.goto(demo.base + "/prove?next=/people")
    ready(page)
    seen(page)
    keep(page, "prove", look)
    press(page, page.get_by_role("button", name=words(look, "identity.prove.passkey")))
    expect(page).to_have_url(demo.base + "/people")

    page.goto(demo.base + "/account/security")
    press(page, page.get_by_role("button", name=words(look, "identity.security.app_begin")))
    seen(page)
    keep(page, "app", look)
    page.locator("#f-code").fill("000000")
    press(page, page.locator("form[action='/account/app/confirm'] .form-acts button"))
    expect(page.locator(".field-error").first).to_be_visible()

    page.goto(demo.base + "/account/security")
    press(page, page.get_by_role("button", name=words(look, "identity.security.remove")))
    expect(page.locator("main")).to_contain_text(words(look, "identity.security.passkeys_none"))


def test_a_person_who_cancels_is_told_and_can_try_again(readers: Readers) -> None:
    page = readers(LOOKS[0]).open("/sign-in")
    devtools, device = authenticator(page)
    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    page.get_by_role("button", name=words(LOOKS[0], "identity.sign_in.passkey")).click()
    expect(page.locator("[data-passkey-said]")).to_be_visible()
    expect(page.locator("form[data-passkey] button")).to_be_enabled()


def test_without_scripts_the_password_still_opens_the_door(demo: Demo, readers: Readers) -> None:
    page = readers(Look("en", scripts=False)).open("/sign-in")
    expect(page.locator("form[data-passkey]")).to_be_hidden()
    page.locator("#f-account").fill(mail_of("cell"))
    page.locator("#f-password").fill(PASSWORD)
    page.locator("form[action='/sign-in'] .form-acts button[type=submit]").click()
    expect(page).to_have_url(demo.base + "/")
