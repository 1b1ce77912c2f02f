"""Programs: `supervisor` starts, bounds and kills them, and is the only importer of `subprocess`.

A *tree* is a process with everything that it has started; a *token* in the environment tells which those are. A
*launcher* is how programs of a platform are started here.
"""
