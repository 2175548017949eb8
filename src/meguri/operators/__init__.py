"""Companies, their plants, what they disclose to whom, and what they are told.

For other rooms: `service` (all that they may ask), `model`, `events`, `errors`, `catalogue` (rule data). Within:
`companies`, `plants`, `disclosure` and `inbox` hold the use cases, `checks` the pure rules, `store` the tables.
"""
