"""ReportView -> reports/index.html: one file that opens from disk and asks nothing of a network.

`page` puts it together; `cell_columns`, `evidence`, `environment_data` and `rerun_script` make the data that its
scripts read; `support_table` and `page_sections` make what stands in it as HTML; `assets` gives scripts and styles.
"""
