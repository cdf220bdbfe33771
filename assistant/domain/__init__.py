"""The nouns of the product: frozen dataclasses, no I/O, standard library only."""
