"""The passport's public face: one page for anyone, without script, account or trace; and the same for those who see more."""
