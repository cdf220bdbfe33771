"""The lock by which writers of the same original, or of the same name, find each other."""

LOCK = "select pg_advisory_xact_lock(hashtextextended(%s, 6165692))"
"""Held to the end of a transaction by whoever adds or removes an original, or versions a name."""
