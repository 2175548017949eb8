"""What happens around back-up copies."""

from typing import ClassVar

from meguri.kernel.events import Event


class BackupProviderNamed(Event, frozen=True, kw_only=True):
    """A company said where its passports are copied to, or (without address) that they no longer are."""

    tag: ClassVar[str] = "passport:backup:name"
    address: str | None
