"""Guests: suppliers without an account, who answer one request by a link and may join with everything kept."""
