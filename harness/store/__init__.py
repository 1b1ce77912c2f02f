"""Results on disk, one SQLite file a run: `runs` is the folder, `run_store` one file, `earlier` what still holds."""
