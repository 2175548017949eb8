"""Who looks at the shells: nobody in particular, a partner, or the company's own people."""

from uuid import UUID

import msgspec

OWN, PUBLIC = "own", "public"


def of_operator(operator_id: UUID) -> str:
    """The audience that a company of this node is."""
    return f"operator:{operator_id}"


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """A caller as the shells know it.

    audiences    the audiences it belongs to; everyone belongs to the public
    did          of a partner, "" else
    operator_id  the company on this node that it is, None else
    on_record    whether the company keeps a record of it as a partner
    agreed       trace ids whose results it has an agreement on, by the kind of dataset
    reach        identifiers whose events an agreement opens to it, `*` at the end for all that begin so
    """

    audiences: tuple[str, ...]
    did: str = ""
    operator_id: UUID | None = None
    on_record: bool = False
    agreed: frozenset[tuple[str, str]] = frozenset()
    reach: tuple[str, ...] = ()

    @property
    def own(self) -> bool:
        """Whether it is the company itself."""
        return OWN in self.audiences

    @property
    def known(self) -> bool:
        """Whether it is more than the public."""
        return len(self.audiences) > 1

    def has(self, kind: str, trace_id: UUID) -> bool:
        """Whether it may read this kind of result of a part."""
        return self.own or (kind, str(trace_id)) in self.agreed


NOBODY = Viewer(audiences=(PUBLIC,))
