"""From activity data to emissions: the arithmetic of footprints under versioned rule packs. No input or output."""
