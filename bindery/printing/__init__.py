"""The print edition: the layout engine, what its boxes tell, the page map."""
