"""Between which two neighbouring releases a cell changes: along Scrapy, Python, or any package.

`axes` says what there is to try, `search` tries as little of it as tells, `text` puts what was seen into lines.
"""
