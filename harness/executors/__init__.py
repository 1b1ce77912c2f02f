"""Where the cells of a plan are run: on this machine (`local`), or by the workers of a Dask cluster (`client`)."""
