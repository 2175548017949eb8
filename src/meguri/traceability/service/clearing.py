"""Emptying trial companies."""

from collections.abc import Sequence
from uuid import UUID

from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.storage.transaction import Transaction
from meguri.traceability import store


async def clear(tx: Transaction, scope: OperatorScope, operator_ids: Sequence[UUID]) -> None:
    """Removes parts, structures and requests of trial companies, and what the rooms to the left keep of them.

    Only for profiles that allow a reset; the caller has made sure that these companies are the caller's to empty.
    """
    await store.clear_across(tx, operator_ids)
    await operators.clear(tx, scope, operator_ids)
