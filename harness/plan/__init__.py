"""`MatrixSpec` -> `Plan`: `planner` decides which cells, `selection` holds the filters, `plan_records` the result.

A *plan* is the cells that a run is asked for. A *selection* is the filters of the command line, parsed. *Adaptation*
fits a plan to the Pythons of a machine; a plan without it is *literal*. *Coverage* is what a choice takes and leaves
out.
"""
