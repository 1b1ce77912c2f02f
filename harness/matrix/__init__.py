"""`matrix.toml` -> MatrixSpec: `load` reads and refuses, `spec` is what comes out, the others are its parts."""
