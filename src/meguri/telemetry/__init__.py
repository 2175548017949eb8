"""Telemetry: measurements of batteries as they arrive, what is wrong with them, and where they are kept."""
