"""The e-book edition: its documents, its archive, the printed pages in it."""
