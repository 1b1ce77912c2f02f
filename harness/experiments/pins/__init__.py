"""The newest packages with which an old Scrapy still works: what has to be held back, found by experiment.

`lab_trials` makes environments and says whether they work (`protocol` has the words), `pin_search` decides what to try,
`traceback_packages` reads tracebacks, `pair_searches` does all combinations, `constraint_files` and `pins` say what was
found.
"""
