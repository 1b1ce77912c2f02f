"""Runs the cells of one environment in processes of that environment and settles what they reported.

`orders` says what is to be run, `cellprocess` runs one process of the in-cell kit, `settle` turns what it
wrote into results and suspects, `environment` is the strategy: in batches first, alone what surprises.
"""
