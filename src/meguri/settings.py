"""Settings: every switch of an installation, from `MEGURI_*` in the environment.

The name in the environment is the field's name in capitals after `MEGURI_`. A secret may come from a file instead:
`MEGURI_DATABASE_URL_FILE` names the file that holds `MEGURI_DATABASE_URL`. A profile is a set of other defaults;
what the environment says goes before it. `docs/reference/settings.md` is made from this module and `settings_about.py`.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from meguri.kernel.text import Text
from meguri.settings_about import ABOUT, SECRETS

PREFIX = "MEGURI_"


class Profile(StrEnum):
    """What an installation is for; it decides the defaults of the other settings."""

    PRODUCTION = "production"
    DEMO = "demo"
    TUTORIAL = "tutorial"
    CONFORMANCE = "conformance"


class LogFormat(StrEnum):
    """How log lines look."""

    JSON = "json"
    TEXT = "text"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """One installation's settings, checked; made by `load`. What each one means is in `settings_about.py`."""

    profile: Profile = Profile.PRODUCTION
    data_dir: Annotated[str, Meta(min_length=1)] = "meguri-data"
    host: Annotated[str, Meta(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535)] = 8000
    public_url: str | None = None
    tls_certificate: str | None = None
    tls_key: str | None = None
    dpp_http2_only: bool = False
    trusted_proxies: tuple[str, ...] = ()
    cors_origins: tuple[str, ...] = ()
    web_processes: Annotated[int, Meta(ge=1, le=64)] = 1
    request_body_mb: Annotated[int, Meta(ge=1, le=1024)] = 25
    file_mb: Annotated[int, Meta(ge=1, le=10240)] = 100
    disk_reserve_mb: Annotated[int, Meta(ge=0, le=1000000)] = 128
    request_timeout_s: Annotated[int, Meta(ge=1, le=600)] = 30
    concurrent_requests: Annotated[int, Meta(ge=1, le=100000)] = 400
    requests_per_second: Annotated[int, Meta(ge=1, le=1000000)] = 2000
    database_url: str | None = None
    database_connections: Annotated[int, Meta(ge=1, le=1000)] = 10
    statement_timeout_s: Annotated[float, Meta(gt=0, le=600)] = 5.0
    worker_jobs: Annotated[int, Meta(ge=1, le=100)] = 4
    cascade_parts: Annotated[int, Meta(ge=0)] = 20000
    idempotency_hours: Annotated[int, Meta(ge=1, le=168)] = 24
    access_token_ttl_s: Annotated[int, Meta(ge=60, le=86400)] = 3600
    secret_key: Annotated[str, Meta(min_length=32)] | None = None
    backup_key: Annotated[str, Meta(min_length=16)] | None = None
    wal_archive: Annotated[str, Meta(min_length=1)] | None = None
    audit_roots: Annotated[str, Meta(min_length=1)] | None = None
    smtp_url: Annotated[str, Meta(pattern="^smtps?://.+")] | None = None
    mail_from: Annotated[str, Meta(min_length=3, max_length=254)] | None = None
    name_matcher: Annotated[str, Meta(pattern="^https?://[^/?#@]+/match/[A-Za-z0-9_-]+$")] | None = None
    oidc_issuer: Annotated[str, Meta(pattern="^https?://.+")] | None = None
    oidc_client_id: Annotated[str, Meta(min_length=1)] | None = None
    oidc_client_secret: Annotated[str, Meta(min_length=1)] | None = None
    oidc_name: Annotated[str, Meta(min_length=1, max_length=40)] = "OpenID"
    oidc_scopes: tuple[str, ...] = ("openid", "email", "profile")
    oidc_operator: UUID | None = None
    oidc_role_claim: Annotated[str, Meta(min_length=1)] | None = None
    oidc_roles: tuple[Annotated[str, Meta(pattern="^.+=(admin|editor|viewer)$")], ...] = ()
    files_url: Annotated[str, Meta(pattern=r"^s3://[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9](/[A-Za-z0-9._/\-]*)?$")] | None = (
        None
    )
    s3_endpoint: Annotated[str, Meta(pattern="^https?://.+")] | None = None
    s3_region: Annotated[str, Meta(min_length=1)] = "us-east-1"
    s3_key_id: str | None = None
    s3_secret_key: str | None = None
    metrics_token: Annotated[str, Meta(min_length=16)] | None = None
    log_level: Annotated[str, Meta(pattern="^(DEBUG|INFO|WARNING|ERROR)$")] = "INFO"
    log_format: LogFormat = LogFormat.JSON
    maintenance: bool = False
    auto_disclose: bool = False
    seed_public_sample: bool = False
    allow_data_reset: bool = False
    ip_restriction: bool = True
    north_key_check: bool = True
    conformance_hooks: bool = False
    outside_origins: tuple[str, ...] = ()
    l3_issuers: tuple[Annotated[str, Meta(pattern="^https?://.+")], ...] = ()
    l3_audience: Annotated[str, Meta(min_length=1)] | None = None
    l3_user_info: bool = False
    l3_introspection: Annotated[str, Meta(pattern="^https?://.+")] | None = None
    l3_client_id: Annotated[str, Meta(min_length=1)] | None = None
    l3_client_secret: Annotated[str, Meta(min_length=1)] | None = None
    authzen_url: Annotated[str, Meta(pattern="^https?://.+")] | None = None
    authzen_key: Annotated[str, Meta(min_length=1)] | None = None
    authzen_key_header: Annotated[str, Meta(pattern="^[A-Za-z0-9-]+$")] = "API-Key"
    gateway_key: Annotated[str, Meta(min_length=16)] | None = None
    gateway_origins: tuple[Annotated[str, Meta(pattern="^https?://[^/?#@]+$")], ...] = ()
    loopback_peers: tuple[str, ...] = ()
    app: str = "meguri.app"

    @property
    def folder(self) -> Path:
        """`data_dir` as an absolute path."""
        return Path(self.data_dir).expanduser().absolute()


_PROFILES: dict[Profile, dict[str, Any]] = {
    Profile.PRODUCTION: {},
    Profile.DEMO: {"log_format": LogFormat.TEXT, "log_level": "WARNING"},
    Profile.TUTORIAL: {
        "auto_disclose": True,
        "seed_public_sample": True,
        "allow_data_reset": True,
        "ip_restriction": False,
        "north_key_check": False,
        "cors_origins": ("http://localhost:3000",),
    },
    Profile.CONFORMANCE: {"allow_data_reset": True, "ip_restriction": False, "conformance_hooks": True},
}
# Doors that would be holes elsewhere: each opens in the profiles named here only.
_ONLY_IN: dict[str, tuple[Profile, ...]] = {
    "seed_public_sample": (Profile.TUTORIAL,),
    "allow_data_reset": (Profile.TUTORIAL, Profile.CONFORMANCE),
    "conformance_hooks": (Profile.CONFORMANCE,),
    "loopback_peers": (Profile.DEMO,),
}
# Settings that mean nothing without another one.
_TOGETHER_ONLY = (
    ("oidc_issuer", "oidc_client_id"),
    ("oidc_client_id", "oidc_issuer"),
    ("oidc_roles", "oidc_role_claim"),
    ("oidc_role_claim", "oidc_operator"),
    ("oidc_operator", "oidc_roles"),
    ("s3_key_id", "s3_secret_key"),
    ("s3_secret_key", "s3_key_id"),
    ("s3_endpoint", "files_url"),
    ("wal_archive", "backup_key"),
    ("l3_introspection", "l3_client_id"),
    ("l3_client_id", "l3_client_secret"),
    ("l3_client_secret", "l3_introspection"),
    ("authzen_key", "authzen_url"),
)
_NOT_A_VALUE = Text(ja="{name}: 値が正しくありません（{why}）", en="{name}: this value is not valid ({why})")
_NOT_HERE = Text(
    ja="{name}: プロファイル {profile} では使えません（使えるのは {allowed}）",
    en="{name}: not allowed in the profile {profile} (only in {allowed})",
)
_NOT_PRIVATE = Text(
    ja="{name}: プロファイル conformance はループバックまたはプライベートアドレスでだけ起動できます",
    en="{name}: the profile conformance starts on loopback or private addresses only",
)
_TOGETHER = Text(ja="{name}: {other} も設定してください", en="{name}: please set {other} as well")
_NO_FILE = Text(ja="{name}: ファイル {path} を読めません", en="{name}: the file {path} cannot be read")


class BadSettings(Exception):
    """Some settings are not valid; `sentences` say which and why."""

    def __init__(self, sentences: list[tuple[Text, dict[str, str]]]) -> None:
        """Each sentence with the values of its places."""
        super().__init__("; ".join(text.of("en", **values) for text, values in sentences))
        self.sentences = sentences


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as the reference and the doctor describe it."""

    name: str
    variable: str
    about: Text
    default: Any
    secret: bool


def all_settings() -> Iterator[Setting]:
    """Every setting, in the order of the reference."""
    for field in msgspec.structs.fields(Settings):
        name = field.name
        yield Setting(name, PREFIX + name.upper(), ABOUT[name], field.default, name in SECRETS)


def profile_defaults() -> dict[Profile, dict[str, Any]]:
    """The defaults that each profile changes."""
    return {profile: dict(values) for profile, values in _PROFILES.items()}


def load(environment: Mapping[str, str] | None = None, /, **given: Any) -> Settings:
    """The settings of `environment` (default: the process's own); `given` (from the command line) goes before it.

    Raises BadSettings with a sentence for each mistake.
    """
    environment = os.environ if environment is None else environment
    said, wrong = _read(environment)
    said |= {name: value for name, value in given.items() if value is not None}
    faults = [*wrong]
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(Settings):
        if field.name in said:
            try:
                values[field.name] = _value(field.type, said[field.name])
            except (msgspec.ValidationError, ValueError) as error:
                faults.append((_NOT_A_VALUE, {"name": PREFIX + field.name.upper(), "why": str(error)}))
    profile = values.get("profile", Profile.PRODUCTION)
    values = _PROFILES[profile] | values
    faults += _forbidden(profile, values)
    if faults:
        raise BadSettings(faults)
    return Settings(**values)


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """Names in `environment` that look like settings and are none: mistyped, most likely."""
    known = {setting.variable for setting in all_settings()}
    known |= {setting.variable + "_FILE" for setting in all_settings() if setting.secret}
    return sorted(name for name in environment if name.startswith(PREFIX) and name not in known)


def as_environment(settings: Settings) -> dict[str, str]:
    """The settings as variables, so that a child process loads the same."""
    plain = msgspec.to_builtins(settings)
    return {
        PREFIX + name.upper(): ",".join(value) if isinstance(value, (list, tuple)) else _written(value)
        for name, value in plain.items()
        if value is not None
    }


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _read(environment: Mapping[str, str]) -> tuple[dict[str, Any], list[tuple[Text, dict[str, str]]]]:
    said: dict[str, Any] = {}
    wrong: list[tuple[Text, dict[str, str]]] = []
    for setting in all_settings():
        file = environment.get(setting.variable + "_FILE") if setting.secret else None
        if setting.variable in environment:
            said[setting.name] = environment[setting.variable]
        elif file:
            try:
                said[setting.name] = Path(file).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError):
                wrong.append((_NO_FILE, {"name": setting.variable + "_FILE", "path": file}))
    return said, wrong


def _value(kind: Any, given: Any) -> Any:
    if isinstance(given, str) and "tuple" in str(kind):
        given = [part.strip() for part in given.split(",") if part.strip()]
    elif isinstance(given, str) and not given and "None" in str(kind):
        return None
    return msgspec.convert(given, kind, strict=False)


def _forbidden(profile: Profile, values: dict[str, Any]) -> list[tuple[Text, dict[str, str]]]:
    faults = [
        (_NOT_HERE, {"name": PREFIX + name.upper(), "profile": profile, "allowed": ", ".join(allowed)})
        for name, allowed in _ONLY_IN.items()
        if values.get(name) and profile not in allowed
    ]
    faults += [
        (_TOGETHER, {"name": PREFIX + name.upper(), "other": PREFIX + other.upper()})
        for name, other in _TOGETHER_ONLY
        if values.get(name) and not values.get(other)
    ]
    if profile is Profile.CONFORMANCE and not _is_private(values.get("host", "127.0.0.1")):
        faults.append((_NOT_PRIVATE, {"name": PREFIX + "HOST"}))
    return faults


def _is_private(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost"
    return address.is_private and not address.is_unspecified
