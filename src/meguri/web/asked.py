"""What a handler can ask for by name and type: `unit: Unit`, `paging: Paging`, `version: Version`, `principal: Asking`, `db: Db`.

Beside these stand the framework's own marks for what comes from the request: `Json[…]`, `FromPath[…]`, `FromQuery[…]`.
"""

from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, SkipValidation
from litestar.params import JSONBody as Json

from meguri.storage.database import Database
from meguri.web.paging import PageRequest
from meguri.web.principal import Principal
from meguri.web.unit import UnitOfWork

__all__ = ["Asking", "Db", "FromPath", "FromQuery", "Json", "Paging", "Unit", "Version"]

Unit = NamedDependency[SkipValidation[UnitOfWork]]
"""Runs use cases, each in a transaction of its own."""
Db = NamedDependency[SkipValidation[Database]]
"""For the use cases of identity, which stand beside the tenants."""
Asking = NamedDependency[SkipValidation[Principal]]
"""Who is asking; `principal.proved` is the scope."""
Paging = NamedDependency[SkipValidation[PageRequest]]
"""`limit` and `cursor` of a list."""
Version = NamedDependency[int]
"""The version in If-Match, which is thereby required."""
