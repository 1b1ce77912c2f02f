"""Public names of Scrapy, release by release: what a newer release takes away of what a source names.

A *name* is what can be imported, a *member* a method or attribute of a class, an *argument* what a call may name, a
*setting* a key of the settings, a *hook* a member that Scrapy asks any object for. The table of them is generated from
the releases' own packages, which are parsed and never imported.
"""
