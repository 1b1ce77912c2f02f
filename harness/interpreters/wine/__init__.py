"""Wine, under which programs for Windows run on Linux: its programs, its prefix, and its names of files."""
