"""What each command does: a module has the name of its command, gives what it found, and prints nothing.

`stored_runs` opens what is stored, `run_end` is how every run ends, `this_machine` is what a run has to work with.
"""
