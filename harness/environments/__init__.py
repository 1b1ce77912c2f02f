"""Virtual environments: `provider` makes and reuses them; `locks` resolves, `overlays` adds, `bytecode` shares."""
