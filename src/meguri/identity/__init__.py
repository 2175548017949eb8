"""People, sign-in, tokens, API keys, sessions, roles, rate limits. Others use `service`."""
