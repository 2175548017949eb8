"""Asset Administration Shells (IDTA-01001, IDTA-01002): digital twins of parts and batteries."""
