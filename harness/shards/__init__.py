"""A plan split over machines: which environments each runs, and the artifact that it delivers.

`assignment` is pure; `artifact` writes, `intake` reads what others wrote, and `joining` puts it together.
"""
