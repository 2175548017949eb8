"""An assessment: every method that the data allow, each with its interval or its reason, and what they say together."""
