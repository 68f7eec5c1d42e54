"""Tests of the pure ledger."""
