"""`matrix.toml` -> MatrixSpec: `loading` reads and refuses, `spec` is what comes out, the others are its parts."""
