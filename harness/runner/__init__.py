"""Runs the cells of one environment in processes of that environment and settles what they reported.

`work` says what is to be run, `cell_process` runs one process of the in-cell kit, `classify` turns what it
wrote into results and suspects, `strategy` is the strategy: in batches first, alone what surprises.
"""
