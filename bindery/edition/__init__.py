"""What every edition has of the book: the fair copy, names, pages from templates, pictures, type."""
