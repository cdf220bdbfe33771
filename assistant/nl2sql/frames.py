"""A result as a pandas frame with types: exact decimals, moments in UTC, intervals, arrays, nulls.

Loaded where a frame is shown: pandas is large.
"""

from decimal import Decimal

import pandas as pd
import pyarrow as pa

from assistant.domain.sql import SqlRows
from assistant.exporting.typed import array, arrow_type


def frame(rows: SqlRows) -> pd.DataFrame:
    """Return a result as a frame, typed by Arrow; two columns of one name stay two.

    A column of numbers without fixed places gets as many as its values have.
    """
    types = rows.types or ("",) * len(rows.columns)
    columns = [
        pd.Series(
            _column([row[place] for row in rows.rows], shown).to_pandas(types_mapper=pd.ArrowDtype)
        )
        for place, shown in enumerate(types)
    ]
    made = pd.concat(columns, axis=1) if columns else pd.DataFrame()
    made.columns = list(rows.columns)
    return made


def _column(values: list[object], shown: str) -> pa.Array:
    if shown == "numeric":
        exact = [one if isinstance(one, Decimal) and one.is_finite() else None for one in values]
        if any(one is not None for one in exact) and exact == values:
            return pa.array(exact)
    return array(values, arrow_type(shown)) if shown else pa.array(values)
