"""Models of the contract as they go out: every key always there, in the contract's order, null when unset."""
