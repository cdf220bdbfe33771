"""The web face: REST below `/api/v1`, the page viewer, health, and the process that serves."""
