"""Readers, one a kind of file: bytes in, `Document` out."""
