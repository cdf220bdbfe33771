"""Records management: what is kept, for how long, how it is deleted, and that all stores agree."""
