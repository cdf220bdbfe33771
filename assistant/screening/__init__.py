"""Finds text that is aimed at a language model, not at a reader. Pure, no model, no network.

text ── readings (as a model would read it) ── rules.toml, signatures ── Suspicion ...
"""
