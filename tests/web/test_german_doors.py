"""From a public passport page in German to a request for access: signing in and asking are in German too."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.passport.batteries import GTINS, complete

from meguri.kernel.scope import OperatorScope, Role
from meguri.passport import service
from meguri.passport.model import NewPassport

from .conftest import PASSWORD, Site

pytestmark = pytest.mark.anyio


def token_in(text: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', text)
    assert found
    return unescape(found[1])


async def test_whoever_reads_in_german_signs_in_and_asks_in_german(site: Site) -> None:
    scope = OperatorScope(site.a, "system:tests", Role.ADMIN)
    new = NewPassport(gtin=GTINS["ev"], serial="DE-1", values=complete("ev"), publish=True)
    made = await site.db.run(scope, service.issue, new)
    await site.person("bob@b.example", site.b)
    async with site.client(**{"accept-language": "de-AT,de;q=0.9"}) as web:
        public = await web.get(urlsplit(made.product_id).path, headers={"accept": "text/html"})
        asking = f"/passport/{made.passport_id}/ask?lang=de"
        assert f'{asking}"' in public.text
        led = await web.get(asking)
        assert (led.status_code, parse_qs(urlsplit(led.headers["location"]).query)["next"]) == (303, [asking])
        door = await web.get(led.headers["location"])
        assert '<html lang="de">' in door.text
        assert "Anmelden" in door.text
        assert "lang%3Dde" not in re.findall(r'href="(/language/[^"]+)"', door.text)[0]
        form = {"account": "bob@b.example", "next": asking}
        if "csrf_token" in door.text:
            form["csrf_token"] = token_in(door.text)
        wrong = await web.post("/sign-in", data={**form, "password": "wrong"})
        assert "Die E-Mail-Adresse oder das Passwort stimmt nicht." in wrong.text
        entered = await web.post("/sign-in", data={**form, "password": PASSWORD})
        assert (entered.status_code, entered.headers["location"]) == (303, asking)
        page = await web.get(asking)
        assert '<html lang="de">' in page.text
        for words in ("Zugang beantragen", "Reparaturbetrieb", "Antrag senden", "Abbrechen", f'action="{asking}"'):
            assert words in page.text, words
        said = {"role": "repairer", "purpose": "repair", "csrf_token": token_in(page.text)}
        lacking = await web.post(asking, data={**said, "days": "400", "justification": ""})
        assert lacking.status_code == 422
        assert "Bitte geben Sie eine ganze Zahl von 1 bis 365 ein." in lacking.text
        sent = await web.post(asking, data={**said, "days": "30", "justification": "Ausbau nach Unfall"})
        assert (sent.status_code, sent.headers["location"]) == (303, f"/passport/{made.passport_id}/view?lang=de")
        view = await web.get(sent.headers["location"])
        assert '<html lang="de">' in view.text
        assert "Ihr Antrag wurde gesendet." in view.text
        # The application itself stays in its own two languages.
        assert '<html lang="en">' in (await web.get("/passports")).text
        assert '<html lang="de">' not in (await web.get("/sign-in?next=/passports?lang=de")).text
