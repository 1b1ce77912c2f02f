"""Runs cells by the workers of a Dask cluster: `client` here, `tasks` there, `messages` between."""
