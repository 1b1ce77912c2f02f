"""Results on disk, one SQLite file a run: `run_directory` is the folder, `run_store` one file, `previous_runs` what
still holds."""
