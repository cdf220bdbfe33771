"""Market data: bars as they were known at a time, from files or from what is at hand.

recorded rows -> cleaning -> Recorded (bars and what adjusts them) -> seen(as_of) -> BarSeries
"""
