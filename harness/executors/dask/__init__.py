"""Runs cells by the workers of a Dask cluster: `client` here, `tasks` there, `messages` between.

A *task* is one environment with its cells. A worker *offers* platforms and Pythons; `placement` finds tasks that some
worker can do. A *bundle* is a folder of scenarios as it travels.
"""
