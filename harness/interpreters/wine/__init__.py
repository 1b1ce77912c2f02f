"""Wine, under which programs for Windows run on Linux: its programs, its prefix, and its names of files.

A *prefix* is the folder that Wine takes for a Windows machine. A *build* is a CPython for Windows from the package
index.
"""
