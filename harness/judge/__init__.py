"""Judges of stored results: pure functions that can be asked again without running a cell.

A *claim* is one promise of Scrapy's documentation, made of *expectations*; the *baseline* is the accepted state of a
platform. The *verdict* on a cell is expected, unexpected or unclaimed; that on a claim is confirmed, refuted or
unverified. A *mismatch* is what speaks against unexpected cells.
"""
