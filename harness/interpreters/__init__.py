"""Python interpreters of this machine: `candidates` may be one, `search` believes what they say themselves."""
