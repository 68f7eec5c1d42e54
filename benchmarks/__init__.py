"""Benchmarks: how fast the service is, as ratios to raw loops on the same machine.

``make bench`` runs them all (`docs/PERFORMANCE.md` says what came of it); ``python -m benchmarks
--help`` names the sizes that can be chosen. They are no tests: nothing here fails for being slow.
"""
