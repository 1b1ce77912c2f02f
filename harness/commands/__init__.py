"""What each command does: `<command>.py` gives what it found and prints nothing.

`stored_runs` opens what is stored, `run_end` is how every run ends.
"""
