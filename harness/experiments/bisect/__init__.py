"""Between which two neighbouring releases a cell changes: along Scrapy, Python, or any package.

`steps` says what there is to try, `bisector` tries as little of it as tells, `bisect` puts what was seen into lines.
"""
