"""What the assistant can do for a question. Every tool returns evidence."""
