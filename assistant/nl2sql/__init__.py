"""From plain English to a safe, read-only statement and its rows."""
