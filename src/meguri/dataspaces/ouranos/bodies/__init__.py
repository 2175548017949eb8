"""Bodies of the contract: what comes in on the wire, the texts that refuse it, and the inputs that services take."""
