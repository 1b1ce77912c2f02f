"""Reports: one view, one module a format.

A *view* is a run's plan joined with what is known of its cells (`ReportView`); a *judged* view has verdicts, too. The
*answer* is what a run came to, on one screen. *Phrases* say in words which cells are meant.
"""
