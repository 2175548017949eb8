"""Labels: what the law wants on a battery, in letters that can be read, and symbols of the size that it names."""
