"""One module a migration, numbered, never edited after landing."""
