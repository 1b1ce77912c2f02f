"""A plan split over machines: which environments each runs, and the artifact that it delivers.

A *shard* is the part of a plan that one machine runs, an *artifact* the file with its results. A *conflict* is a cell
of which two artifacts say different things. `assignment` is pure; `artifact_writer` writes, `artifact_reader` reads
what others wrote, and `merger` puts it together.
"""
