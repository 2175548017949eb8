"""Catena-X material accounting: a recycler's runs as recycling batches, a lot's origin as recycling information."""
