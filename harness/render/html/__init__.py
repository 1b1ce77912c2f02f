"""ReportView -> reports/index.html: one file that opens from disk and asks nothing of a network.

`page` puts it together; `cells`, `evidence`, `environments` and `again` make the data that its scripts read;
`support` and `sections` make what stands in it as HTML; `assets` gives scripts and styles.
"""

from harness.render.html.page import render_page, write_page

__all__ = ["render_page", "write_page"]
