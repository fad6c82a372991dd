"""The type: the faces of the house, texts of drawings as outlines, lengths, how a language sets its marks."""
