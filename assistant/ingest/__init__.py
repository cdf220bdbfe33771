"""From bytes to indexed passages."""
