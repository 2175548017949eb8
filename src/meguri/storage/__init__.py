"""The ground that data stands on: database, tenants, migrations, audit chain, files."""

from meguri.storage.database import Database, RetryUseCase
from meguri.storage.queries import Query, load_queries
from meguri.storage.transaction import Reaction, Reactions, Transaction

__all__ = ["Database", "Query", "Reaction", "Reactions", "RetryUseCase", "Transaction", "load_queries"]
