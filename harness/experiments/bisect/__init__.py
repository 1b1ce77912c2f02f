"""Between which two neighbouring releases a cell changes: along Scrapy, Python, or any package.

A *step* is one release on the axis that is searched. `steps` says which there are, `bisector` tries as few as tell.
"""
