"""GS1 Digital Link resolver: one address for people, machines and link sets (GS1-Conformant Resolver 1.1; RFC 9264)."""
