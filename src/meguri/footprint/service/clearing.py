"""Emptying trial companies."""

from collections.abc import Sequence
from uuid import UUID

from meguri.footprint import store
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction
from meguri.traceability.service.clearing import clear as clear_traceability


async def clear(tx: Transaction, scope: OperatorScope, operator_ids: Sequence[UUID]) -> None:
    """Removes footprints and certificates of trial companies, and what the rooms to the left keep of them."""
    await store.clear_across(tx, operator_ids)
    await clear_traceability(tx, scope, operator_ids)
