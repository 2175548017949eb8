"""Declarations as XML by a mapping of the user's own: read, written, and what cannot be."""

import msgspec
import pytest

from meguri.diligence.rmi.checking import check
from meguri.diligence.rmi.errors import BadMapping, FieldsNotCarried, TemplateUnsupported
from meguri.diligence.rmi.model import Answer, Mineral, MineralDeclaration, Smelter
from meguri.diligence.rmi.xml_mapping import Questions, Rows, XmlMapping, read_xml, write_xml

SPACE = "urn:example:declaration"
BY_QUESTION = XmlMapping(
    family="CMRT",
    version="6.5",
    root="d:Declaration",
    namespaces={"d": SPACE},
    fields={"company": "d:Supplier/@name", "scope": "d:Scope", "email": "d:Supplier/d:Contact/@mail"},
    minerals=Questions(
        answers={
            "q1": "d:Question[@id='1']/d:Answer[@mineral='{mineral}']",
            "q3": "d:Question[@id='3']/d:Answer[@mineral='{mineral}']",
        },
        comments={"q1": "d:Question[@id='1']/d:Answer[@mineral='{mineral}']/@note"},
    ),
    company=Questions(answers={"a": "d:Policy/d:Adopted"}),
    smelters=Rows(
        at="d:Smelters/d:Smelter", fields={"metal": "@of", "cid": "@id", "name": "d:Name", "country": "d:At"}
    ),
    values={"true": "Yes", "false": "No", "company": "A. Company"},
    minerals_named={"Sn": "Tin", "Ta": "Tantalum", "Au": "Gold", "W": "Tungsten"},
)
FILE = f"""<?xml version="1.0"?>
<x:Declaration xmlns:x="{SPACE}"><x:Supplier name="Muster &amp; Söhne"><x:Contact mail="a@example.com"/></x:Supplier>
<x:Scope>company</x:Scope><x:Policy><x:Adopted>true</x:Adopted></x:Policy>
<x:Question id="1"><x:Answer mineral="Sn" note="solder">true</x:Answer><x:Answer mineral="Au">perhaps</x:Answer></x:Question>
<x:Question id="3"><x:Answer mineral="Sn">Unknown</x:Answer></x:Question>
<x:Smelters><x:Smelter of="Sn" id="CID900003"><x:Name>PT Contoh</x:Name><x:At>INDONESIA</x:At></x:Smelter></x:Smelters>
</x:Declaration>""".encode()


def test_a_file_is_read_by_paths_whatever_its_prefixes_are_and_an_unknown_option_is_kept_as_a_comment() -> None:
    found = read_xml(FILE, BY_QUESTION)
    said = found.declaration
    assert said.respondent == {"company": "Muster & Söhne", "scope": "A. Company", "email": "a@example.com"}
    tin, gold = (next(one for one in said.minerals if one.name == name) for name in ("Tin", "Gold"))
    assert tin.answers == {"q1": Answer(value="Yes", comment="solder"), "q3": Answer(value="Unknown")}
    assert gold.answers["q1"] == Answer(comment="[perhaps]")
    assert [warned.code for warned in found.warnings] == ["UNKNOWN_OPTION"]
    assert said.company == {"a": Answer(value="Yes")}
    assert said.smelters == [Smelter(metal="Tin", cid="CID900003", name="PT Contoh", country="INDONESIA")]
    assert "contact" in [one.key for one in check(said, found.layout).missing]


def test_what_is_written_reads_back_the_same_and_text_stays_text() -> None:
    said = read_xml(FILE, BY_QUESTION).declaration
    said = msgspec.structs.replace(said, respondent=said.respondent | {"company": "<b> & \"c\" 'd' ]]> \x00é"})
    written = write_xml(said, BY_QUESTION)
    assert written.startswith(
        b'<?xml version="1.0" encoding="UTF-8"?>\n<d:Declaration xmlns:d="urn:example:declaration">'
    )
    back = read_xml(written, BY_QUESTION).declaration
    assert back.respondent["company"] == "<b> & \"c\" 'd' ]]> é"
    assert back.smelters == said.smelters
    assert back.minerals == said.minerals


def test_minerals_may_be_elements_of_their_own() -> None:
    mapping = XmlMapping(
        family="EMRT",
        version="2.1",
        root="R",
        namespaces={"": SPACE},
        fields={"company": "C"},
        minerals=Questions(at="Ms/M", name="@n", answers={"q1": "Q[@k='1']", "q5": "Share"}),
    )
    minerals = [
        Mineral(name="Cobalt", answers={"q1": Answer(value="Yes"), "q5": Answer(value="100%")}),
        Mineral(name="Nickel", answers={"q1": Answer(value="Unknown")}),
    ]
    said = MineralDeclaration(family="EMRT", version="2.1", respondent={"company": "A"}, minerals=minerals)
    back = read_xml(write_xml(said, mapping), mapping).declaration
    assert [(one.name, one.answers["q1"].value) for one in back.minerals] == [("Cobalt", "Yes"), ("Nickel", "Unknown")]
    assert back.minerals[0].answers["q5"].value == "100%"


def test_what_the_mapping_has_no_place_for_is_named_and_nothing_is_written() -> None:
    said = MineralDeclaration(
        family="CMRT",
        version="6.5",
        respondent={"company": "A", "title": "Head"},
        minerals=[Mineral(name="Tin", answers={"q2": Answer(value="Yes")})],
        smelters=[Smelter(metal="Tin", city="Bangka")],
    )
    with pytest.raises(FieldsNotCarried) as refused:
        write_xml(said, BY_QUESTION)
    assert refused.value.values["lost"] == "title, q2, smelters.city"


@pytest.mark.parametrize(
    "change",
    [
        {"fields": {"company": "d:Supplier/@name", "email": "d:Supplier/@name"}},
        {"fields": {"company": "e:Supplier"}},
        {"fields": {"company": "//d:Supplier[1]"}},
        {"version": "9.9"},
    ],
    ids=["two things in one place", "no such prefix", "no path", "no such version"],
)
def test_a_mapping_that_cannot_be_used_says_why(change: dict[str, object]) -> None:
    mapping = msgspec.structs.replace(BY_QUESTION, **change)
    said = MineralDeclaration(
        family="CMRT",
        version="6.5",
        respondent={"company": "A"} | ({"email": "b"} if "email" in mapping.fields else {}),
        minerals=[],
    )
    with pytest.raises(BadMapping):
        write_xml(said, mapping)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<Declaration", "not_xml"),
        (b"", "not_xml"),
        (b"PK\x03\x04", "not_xml"),
        (b"<Other/>", "other_root"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "entities"),
        (b"<a>" * 100 + b"</a>" * 100, "too_large"),
    ],
)
def test_a_file_that_is_none_or_means_harm_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(TemplateUnsupported) as refused:
        read_xml(content, BY_QUESTION)
    assert refused.value.values["reason"] == reason
