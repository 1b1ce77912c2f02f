"""Results on disk, one SQLite file a run: `run_directory` is the folder, `run_store` one file.

A *run* is one execution of a plan. A *block* is the cells of one environment, lane and scenario, which share a
fingerprint. An *observation* is what many cells have in common. The *origin* of a cell is the run that measured it;
cells of which nothing has changed are *carried over* from `previous_runs`.
"""
