"""Measures which way of awaiting a Deferred works with which Python, Scrapy, reactor and event loop."""
