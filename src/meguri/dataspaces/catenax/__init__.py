"""Catena-X: aspect models of its network, each as a projection of our own records."""
