"""Python interpreters of this machine: `candidates` may be one, `search` believes what they say themselves.

A *key* is what the matrix calls a Python: 3.12, pypy3.11. A *probe* starts a candidate and asks what it is.
"""
