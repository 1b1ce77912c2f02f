"""The newest packages with which an old Scrapy still works: what has to be held back, found by experiment.

A *pin* holds a package below a release, a *symptom* is how a trial fails, a *pair* is a Scrapy on a Python.
`pin_search` decides what to try, `lab_trials` tries it, `protocol` has their words, `pair_searches` does many pairs.
"""
