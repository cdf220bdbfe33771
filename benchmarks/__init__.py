"""Paired measurements. Each prints its figures and, with --write, puts them into the docs."""
