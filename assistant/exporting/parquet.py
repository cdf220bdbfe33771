"""Writes rows as a Parquet file, a row group a batch of batches. Loaded when one is written."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from assistant.exporting.rows import RowColumn
from assistant.exporting.typed import array, arrow_type

_GROUP = 20_000  # rows; held until they are written


class ParquetRows:
    """Implements `RowFile`."""

    def __init__(self, path: Path, columns: Sequence[RowColumn]) -> None:
        self._schema = pa.schema(
            pa.field(name, arrow_type(column.type), metadata={"unit": column.unit})
            for name, column in zip(_apart(columns), columns, strict=True)
        )
        self._writer = parquet.ParquetWriter(str(path), self._schema, compression="zstd")
        self._rows: list[Sequence[object]] = []

    def add(self, rows: Iterable[Sequence[object]]) -> None:
        """Write some rows."""
        self._rows.extend(rows)
        if len(self._rows) >= _GROUP:
            self._flush()

    def close(self, about: Mapping[str, str]) -> None:
        """Write the last rows, and into the file's metadata what it is about."""
        self._flush()
        self._writer.add_key_value_metadata(dict(about))
        self._writer.close()

    def _flush(self) -> None:
        if self._rows:
            kinds = [field.type for field in self._schema]
            by_column = zip(zip(*self._rows, strict=True), kinds, strict=True)
            columns = [array(values, kind) for values, kind in by_column]
            self._writer.write_table(pa.table(columns, schema=self._schema))
            self._rows = []


def _apart(columns: Sequence[RowColumn]) -> list[str]:
    """Return the names, with a number behind those that were there before."""
    names: list[str] = []
    for column in columns:
        name, number = column.name, 1
        while name in names:
            number += 1
            name = f"{column.name}_{number}"
        names.append(name)
    return names
