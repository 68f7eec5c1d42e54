"""Facts: what commands need to know of a book, read under its lock in a handful of queries."""
