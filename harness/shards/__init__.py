"""A plan split over machines: which environments each runs, and the artifact that it delivers.

`assignment` is pure; `artifact_writer` writes, `artifact_reader` reads what others wrote, and `merger` puts it
together.
"""
