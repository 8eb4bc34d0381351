"""The writers of signing in: one function, one act."""
