"""The press: reads a manuscript, proofreads it, typesets it and binds it as print PDF and EPUB."""
