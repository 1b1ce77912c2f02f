"""Virtual environments: `provider` makes and reuses them, `locks` resolves, `overlays` adds, `bytecode` shares,
`manifest` lists what is in them, `damage` finds what has changed.

A *lock* is a resolved set of packages with hashes. An *overlay* is a folder of packages beside it, for a lane or a
scenario. A *layout* is what an environment is on disk. To *provide* one is to find it, or to make it.
"""
