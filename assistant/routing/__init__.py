"""Where a completion is made."""
