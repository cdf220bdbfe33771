"""A statement composed from a question and the semantic layer, without a language model."""
