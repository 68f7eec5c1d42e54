"""The tests of timebank; the tree mirrors the package."""
