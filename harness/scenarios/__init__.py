"""The catalogue of scenario files: what each asks, read from its source without running it.

A *scenario* is one question in one file, built in or a user's *own*. Its *kind* says what runs it: a request of a
shared crawl, a crawl of its own, or a process of its own.
"""
