"""What the author wrote: the card of the book, its files, and their reading by pandoc into nodes."""
