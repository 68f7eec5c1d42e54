"""The migrations, installed as ``timebank.migrations``."""
