"""What other rooms (to the right) and this room's doors may ask: use cases, one transaction each."""
