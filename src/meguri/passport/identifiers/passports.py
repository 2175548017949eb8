"""The identifier of a passport: by default the battery's own, so that one scan finds both."""

from uuid import UUID

from meguri.passport.identifiers.product import ProductIdentifier


def passport_identifier(product: ProductIdentifier, successor: UUID | None = None) -> str:
    """The `dpp_id` of a passport for `product`.

    successor  the UUIDv7 of a passport that follows another one on the same marking; it makes the id another one,
               while the data carrier still leads to whichever is active
    """
    return product.uri if successor is None else f"{product.uri}?v={successor}"
