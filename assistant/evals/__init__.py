"""Scores the product with datasets: evaluations print figures, tests pass or fail."""
