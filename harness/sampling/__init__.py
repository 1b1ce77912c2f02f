"""The choice among the cells of a plan: which cells cover most, and what fits into a time.

*Sampling* is the field's word for it, hence the package's name. The *universe* is all cells to choose from. A
*covering array* is few cells in which every pair, or triple, of axis values is met. A *cost* is a cell's likely
seconds; *history* is what stored runs say of them.
"""
