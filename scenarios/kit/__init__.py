"""The in-cell side of the compatibility matrix.

Contract of everything in this package and in the scenario files beside it:

- It starts on CPython 3.6 and on PyPy, on every platform. No newer syntax, no newer standard library.
- It imports nothing but the standard library, Scrapy and what Scrapy itself depends on.
- No module imports `twisted.internet.reactor` at module level: whoever does has chosen the reactor.
- It reports what this process saw (facts, outcome, mechanism, close) and judges nothing.

A scenario needs two modules: `kit.scenario` for the class to inherit from, `kit.deferreds` for
things to await. The others run it.
"""
