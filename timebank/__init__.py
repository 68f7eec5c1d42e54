"""timebank: the books of mutual aid, kept so that anyone can check them."""
