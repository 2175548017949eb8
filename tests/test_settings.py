"""Settings: documented in both languages, checked, with safe defaults."""

from pathlib import Path

import pytest

from meguri.commands.settings import page
from meguri.settings import (
    BadSettings,
    Profile,
    Settings,
    all_settings,
    as_environment,
    load,
    unknown_variables,
)
from meguri.settings_about import ABOUT, SECRETS


def test_every_setting_is_described_in_both_languages_and_nothing_else_is() -> None:
    names = {setting.name for setting in all_settings()}
    assert names == set(ABOUT)
    assert set(SECRETS) <= names
    assert all(setting.about.ja and setting.about.en for setting in all_settings())


def test_nothing_said_is_production_with_every_guard_up() -> None:
    settings = load({})
    assert settings == Settings()
    assert (settings.profile, settings.ip_restriction, settings.north_key_check) == (Profile.PRODUCTION, True, True)
    assert (settings.auto_disclose, settings.seed_public_sample, settings.allow_data_reset) == (False, False, False)
    assert settings.cors_origins == ()


def test_the_tutorial_has_the_switches_of_the_public_sample() -> None:
    settings = load({}, profile="tutorial")
    assert settings.auto_disclose
    assert settings.seed_public_sample
    assert settings.allow_data_reset
    assert not settings.ip_restriction
    assert not settings.north_key_check
    assert settings.cors_origins == ("http://localhost:3000",)


def test_what_is_said_goes_before_the_profile_and_the_command_line_before_the_environment() -> None:
    said = {"MEGURI_PROFILE": "tutorial", "MEGURI_AUTO_DISCLOSE": "false", "MEGURI_PORT": "81", "MEGURI_HOST": "::1"}
    settings = load(said, port=82, host=None)
    assert (settings.auto_disclose, settings.port, settings.host) == (False, 82, "::1")


@pytest.mark.parametrize(
    "said",
    [
        {"MEGURI_SEED_PUBLIC_SAMPLE": "true"},
        {"MEGURI_ALLOW_DATA_RESET": "1"},
        {"MEGURI_CONFORMANCE_HOOKS": "true", "MEGURI_PROFILE": "tutorial"},
        {"MEGURI_LOOPBACK_PEERS": "http://127.0.0.1:9", "MEGURI_PROFILE": "production"},
        {"MEGURI_PROFILE": "conformance", "MEGURI_HOST": "0.0.0.0"},
        {"MEGURI_PROFILE": "conformance", "MEGURI_HOST": "example.com"},
        {"MEGURI_PROFILE": "nonsense"},
        {"MEGURI_PORT": "many"},
        {"MEGURI_PORT": "70000"},
        {"MEGURI_SECRET_KEY": "short"},
        {"MEGURI_LOG_LEVEL": "LOUD"},
        {"MEGURI_BACKUP_KEY_FILE": "/nowhere"},
    ],
)
def test_what_may_not_be_is_refused_by_name(said: dict[str, str]) -> None:
    with pytest.raises(BadSettings) as refusal:
        load(said)
    ((text, values),) = refusal.value.sentences
    assert values["name"] in said
    assert text.of("ja", **values)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(BadSettings) as refusal:
        load({"MEGURI_PORT": "x", "MEGURI_LOG_LEVEL": "x", "MEGURI_ALLOW_DATA_RESET": "1"})
    assert len(refusal.value.sentences) == 3


def test_a_secret_may_come_from_a_file_and_other_settings_may_not(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("a passphrase of ours\n")
    file = str(tmp_path / "key")
    settings = load({"MEGURI_BACKUP_KEY_FILE": file, "MEGURI_PUBLIC_URL_FILE": file})
    assert (settings.backup_key, settings.public_url) == ("a passphrase of ours", None)


def test_a_mistyped_name_is_found() -> None:
    said = {"MEGURI_PROT": "1", "MEGURI_PORT": "1", "MEGURI_BACKUP_KEY_FILE": "x", "MEGURI_PORT_FILE": "x", "PATH": ""}
    assert unknown_variables(said) == ["MEGURI_PORT_FILE", "MEGURI_PROT"]


@pytest.mark.parametrize("profile", Profile)
def test_a_child_process_loads_the_same(profile: Profile) -> None:
    settings = load({"MEGURI_CORS_ORIGINS": "https://a.example, https://b.example"}, profile=profile, port=1234)
    assert load(as_environment(settings)) == settings


def test_the_reference_in_the_docs_is_the_one_that_the_command_prints() -> None:
    """If this fails: `meguri settings > docs/reference/settings.md`."""
    assert (Path(__file__).parent.parent / "docs/reference/settings.md").read_text(encoding="utf-8") == page()
