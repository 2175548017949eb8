"""Reaching people and systems: mail to a company's people, signed webhooks to its systems."""
