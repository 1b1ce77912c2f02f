"""The choice among the cells of a plan: which cells cover most, and what fits into a time.

Sampling is the field's word for it, hence the name.
"""
