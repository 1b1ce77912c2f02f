"""The newest packages with which an old Scrapy still works: what has to be held back, found by experiment.

`trials` makes environments and says whether they work (`bench` has the words), `search` decides what to try,
`suspects` reads tracebacks, `pairs` does all combinations, `files` and `text` say what was found.
"""
