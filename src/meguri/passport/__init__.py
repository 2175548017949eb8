"""Battery passports: what law and readers ask of a battery, kept true from making to recycling."""
