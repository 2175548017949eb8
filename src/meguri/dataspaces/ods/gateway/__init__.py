"""The gateway of Open Data Spaces (L2): routes to services behind it, whose answers pass unchanged."""
