"""`matrix.toml` -> `MatrixSpec`: `load` reads and refuses, `spec` is what comes out, the others are its parts.

An *axis* is what can be varied: Python, Scrapy, profile, lane. A *profile* is how dependencies are resolved. A *rule*
of a plan selects values of axes. A *pin set* is what a Scrapy on a Python needs held back.
"""
