"""Health: a state of health with an honest interval, from whatever data a battery has."""
