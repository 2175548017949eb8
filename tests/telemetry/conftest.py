from tests.web.conftest import cheap_hashes, site

__all__ = ["cheap_hashes", "site"]
