"""EN 18222: the API by which every digital product passport is read, and by which its operator writes it."""
