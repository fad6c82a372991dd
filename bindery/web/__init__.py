"""The web edition: the book as a site, with its finished files to take away."""
