"""State of health from a ten-minute pulse test: the rapid method, its training, its model file and its card."""
