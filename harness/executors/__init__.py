"""Where the cells of a plan are run: on this machine (`local`), or by the workers of a Dask cluster (`dask`).

An *executor* gets environments, and tells a `RunCoordinator` what becomes of each.
"""
