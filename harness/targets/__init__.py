"""A project of a user's under the matrix: read, copied, built, planned. What runs in cells is `scenarios/kit/checks/`.

A *target* is a folder, a source archive, a wheel or a requirement. It is read without being run: whatever runs code of
it (its build backend, its tests) does so in a process of its own.
"""
