"""The authentication system: sign-in, other systems' questions, operators and plants, and the reset of trials."""
