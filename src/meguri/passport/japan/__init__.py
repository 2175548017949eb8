"""What holds for batteries in Japan: its calendar, its rules for storage, its two groups of passport items."""
