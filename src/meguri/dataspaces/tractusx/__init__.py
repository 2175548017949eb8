"""Tractus-X `io.catenax.battery.battery_pass` 6.1.0 (Eclipse Tractus-X, CC BY 4.0), out and in."""
