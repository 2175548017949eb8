"""Declarations: the footprint of one battery model made at one plant, reviewed, verified, published and frozen."""

from meguri.footprint.declarations.model import (
    Declaration,
    DeclarationInput,
    Document,
    StatementFile,
    Verification,
    VerificationInput,
)
from meguri.footprint.declarations.service import (
    amend,
    blocked_by,
    declaration,
    declarations,
    draft,
    history,
    publish,
    published_declaration,
    published_document,
    step,
)
from meguri.footprint.declarations.verifying import add_verification, move_verification, verifications_of

__all__ = [
    "Declaration",
    "DeclarationInput",
    "Document",
    "StatementFile",
    "Verification",
    "VerificationInput",
    "add_verification",
    "amend",
    "blocked_by",
    "declaration",
    "declarations",
    "draft",
    "history",
    "move_verification",
    "publish",
    "published_declaration",
    "published_document",
    "step",
    "verifications_of",
]
