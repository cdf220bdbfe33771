"""Everything that is kept: the embedded server, the pool, and the adapters that write to it."""
