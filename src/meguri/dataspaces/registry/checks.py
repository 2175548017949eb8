"""The checks that the registry is described to make on an entry: identifiers, links, codes."""

import re
from collections.abc import Iterator

from meguri.dataspaces.registry.model import Entry, Problem
from meguri.passport.identifiers import InvalidIdentifier, operator_identifier, product_identifier

_COMMODITY = re.compile(r"[0-9]{4,10}\Z")
_HTTPS = re.compile(r"https?://[^\s]+\Z")


def problems_of(entry: Entry) -> Iterator[Problem]:
    """Every failing check; warnings are named as such."""
    yield from _operator(entry)
    yield from _granularity(entry)
    if entry.commodity_code is not None and not _COMMODITY.match(entry.commodity_code):
        yield Problem(
            "commodityCode", "COMMODITY_CODE", "品目コードは数字4～10桁です。", "A commodity code has 4 to 10 digits."
        )
    for name, url in (("liveUrl", entry.live_url), ("dppApiEndpoint", entry.dpp_api_endpoint)):
        if not _HTTPS.match(url):
            yield Problem(name, "URL", "URLが正しくありません。", "This is not a valid address.")
    if entry.backup_url is None:
        yield Problem(
            "backupUrl",
            "NO_BACKUP",
            "バックアップのURLがありません。",
            "There is no address of the back-up.",
            warning=True,
        )
    if entry.deactivated is not None and entry.granularity != "item":
        yield Problem(
            "deactivated",
            "DEACTIVATED_LEVEL",
            "deactivated は個体だけに指定します。",
            "Only items carry `deactivated`.",
        )


def _operator(entry: Entry) -> Iterator[Problem]:
    try:
        known = operator_identifier(entry.unique_economic_operator_identifier).registry_takes_it
    except InvalidIdentifier:
        known = False
    if not known:
        yield Problem(
            "uniqueEconomicOperatorIdentifier",
            "OPERATOR_SCHEME",
            "事業者の識別子は LEI、NTR、VAT、EID のいずれかです。",
            "The operator is named by LEI, NTR, VAT or EID.",
        )


def _granularity(entry: Entry) -> Iterator[Problem]:
    try:
        found = product_identifier(entry.unique_product_identifier, "https://id.example.jp")
    except InvalidIdentifier:
        yield Problem(
            "uniqueProductIdentifier", "PRODUCT_ID", "製品識別子が正しくありません。", "This is no product identifier."
        )
        return
    if found.key is not None and found.granularity.value != entry.granularity:
        yield Problem(
            "granularity",
            "GRANULARITY_MISMATCH",
            "粒度が識別子と一致しません。",
            "The level is not that of the identifier.",
        )
