"""How the protocol says no: codes of a fixed list, English sentences, the same words for what is hidden and what is not there.

Source: Dataspace Protocol 2025-1, error messages; the codes are this product's own (the protocol leaves them open).
"""

from typing import Any

from meguri.dataspaces.dsp.terms import CONTEXT, REASON_JA
from meguri.dataspaces.wire import Answer, to_json

_SENTENCES: dict[str, tuple[int, str, str]] = {
    "SCHEMA_INVALID": (
        400,
        "The message does not have the form of the schema",
        "メッセージの形式がスキーマに合いません",
    ),
    "UNSUPPORTED_CONTEXT": (400, "The context of 2025-1 is missing", "2025-1 の @context がありません"),
    "TYPE_MISMATCH": (
        400,
        "The type of the message is not the one of this path",
        "このパスのメッセージ種別ではありません",
    ),
    "PID_MISMATCH": (400, "The process ids do not belong together", "プロセス識別子が一致しません"),
    "PID_REUSED": (400, "The process id was used for another request", "プロセス識別子は別の要求で使用済みです"),
    "INVALID_STATE": (400, "The state of the process does not allow this message", "現在の状態では受け付けられません"),
    "INVALID_EVENT": (400, "This event is not for this role", "この役割のイベントではありません"),
    "UNKNOWN_OFFER": (400, "Offer not found", "オファーが見つかりません"),
    "POLICY_MISMATCH": (400, "The policy is not the one of the offer", "ポリシーがオファーと異なります"),
    "POLICY_UNSUPPORTED": (400, "The policy has terms that are not supported", "対応していないポリシー項目があります"),
    "POLICY_NOT_SATISFIED": (403, "A constraint of the agreement is not satisfied", "契約の条件を満たしていません"),
    "AGREEMENT_INVALID": (400, "The agreement is not what was negotiated", "契約が交渉内容と一致しません"),
    "UNKNOWN_AGREEMENT": (400, "Agreement not found", "契約が見つかりません"),
    "AGREEMENT_EXPIRED": (400, "The agreement has ended", "契約は終了しています"),
    "UNSUPPORTED_FORMAT": (400, "The dataset is not offered in this format", "この形式では提供していません"),
    "INVALID_DATA_ADDRESS": (400, "The data address does not fit the format", "dataAddress が形式に合いません"),
    "CALLBACK_REJECTED": (400, "The callback address is not acceptable", "コールバックアドレスを受け付けられません"),
    "RESUME_NOT_ALLOWED": (400, "Only the party that suspended may resume", "停止した側だけが再開できます"),
    "UNSUPPORTED_FILTER": (400, "The filter is not supported", "このフィルターには対応していません"),
    "INVALID_CONTINUATION_TOKEN": (400, "The continuation token is not valid", "継続トークンが無効です"),
    "DATASET_NOT_FOUND": (404, "Dataset not found", "データセットが見つかりません"),
    "NOT_FOUND": (404, "Process not found", "プロセスが見つかりません"),
    "UNAUTHENTICATED": (401, "Authentication is needed", "認証が必要です"),
    "TRANSFER_SUSPENDED": (409, "The transfer is suspended", "転送は停止中です"),
    "TOO_LARGE": (413, "The body is too large", "本文が大きすぎます"),
    "UNSUPPORTED_MEDIA_TYPE": (415, "The media type is not supported", "この Content-Type には対応していません"),
    "TOO_MANY": (429, "Too many requests", "要求が多すぎます"),
    "BUSY": (503, "The process is busy, please try again", "処理中です。しばらくして再試行してください"),
    "INTERNAL": (500, "Unexpected error", "予期しないエラーが発生しました"),
}


class Fault(Exception):
    """The message is refused and nothing was changed."""

    def __init__(
        self, code: str, detail: str = "", *, status: int | None = None, provider: str = "", consumer: str = ""
    ) -> None:
        """`detail` replaces the sentence where the contract wants a pointer or a term; the pids go into the body."""
        super().__init__(code)
        known, english, self.japanese = _SENTENCES[code]
        self.code, self.status, self.english = code, status or known, detail or english
        self.provider, self.consumer = provider, consumer


def body_of(fault: Fault, kind: str, provider: str, consumer: str) -> dict[str, Any]:
    """The error as the path's family has it: `CatalogError`, `ContractNegotiationError`, `TransferError`."""
    named = {} if kind == "CatalogError" else {"providerPid": provider, "consumerPid": consumer}
    return {
        "@context": [CONTEXT],
        "@type": kind,
        **named,
        "code": fault.code,
        "reason": [fault.english],
        REASON_JA: [fault.japanese],
    }


def answer_of(fault: Fault, kind: str, provider: str = "", consumer: str = "") -> Answer:
    """The refusal as it goes out. A CatalogError about a dataset has no more than the contract's own words."""
    body = body_of(fault, kind, fault.provider or provider, fault.consumer or consumer)
    if kind == "CatalogError" and fault.code == "DATASET_NOT_FOUND":
        del body[REASON_JA]
    headers = {"retry-after": "2"} if fault.status in (429, 503) else {}
    if fault.status == 401:
        headers["www-authenticate"] = "Bearer"
    return to_json(fault.status, body, headers)
