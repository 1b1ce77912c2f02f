"""Runs the cells of one environment in processes of that environment, and decides what to believe.

A *job* is what is to run in one environment, a *batch* the cells that share a process. The *kit* is the part of the
harness that runs inside it. A *suspect* is a cell that runs again alone. A *sink* takes results as they come. A
*fingerprint* names everything that a result depends on. The way through the modules is in
docs/explanation/architecture.md.
"""
