"""Forecasts that know what they do not know.

BarSeries -> features -> direction (a probability) -> evaluation (better than nothing?) -> risk
          -> intervals (where the price may be)    -> coverage
"""
