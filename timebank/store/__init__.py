"""SQL, keys and files: where books are kept. It decides nothing about them."""
