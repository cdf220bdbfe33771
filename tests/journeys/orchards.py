"""A fictional company's annual report as a text file."""

FILING = b"""BRINDLECOMBE ORCHARDS, INC.
(Exact name of registrant as specified in its charter)

Item 1. Business

We grow apples and pears in four valleys. The largest valley holds 1,204 hectares.

Item 7. Management's Discussion

Total net sales were $391,035 thousand in fiscal 2024, against $383,285 thousand in fiscal 2023.
"""
