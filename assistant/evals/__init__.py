"""Scores the assistant on questions whose answers are known.

    questions.jsonl ──cases──> run (the same functions as every face) ──metrics──> report

Evaluations are not tests: they print figures and let the reader judge.
"""
