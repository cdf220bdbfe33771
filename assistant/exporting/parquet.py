"""Writes rows as a Parquet file, several batches a row group. Loaded when one is written."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from assistant.exporting.rows import RowColumn
from assistant.exporting.typed import array, arrow_type

_GROUP_ROWS, _GROUP_BYTES = 50_000, 8 << 20  # of a row group, whichever comes first


class ParquetRows:
    """Implements `RowFile`."""

    def __init__(self, path: Path, columns: Sequence[RowColumn]) -> None:
        self._schema = pa.schema(
            pa.field(name, arrow_type(column.type), metadata={"unit": column.unit})
            for name, column in zip(_apart(columns), columns, strict=True)
        )
        self._writer = parquet.ParquetWriter(str(path), self._schema, compression="zstd")
        self._kinds = [field.type for field in self._schema]
        self._held: list[pa.Table] = []

    def add(self, rows: Iterable[Sequence[object]]) -> None:
        """Write some rows."""
        by_column = list(zip(*rows, strict=True))
        if by_column:
            columns = [array(one, kind) for one, kind in zip(by_column, self._kinds, strict=True)]
            self._held.append(pa.table(columns, schema=self._schema))
        rows_held = sum(one.num_rows for one in self._held)
        if rows_held >= _GROUP_ROWS or sum(one.nbytes for one in self._held) >= _GROUP_BYTES:
            self._flush()

    def close(self, about: Mapping[str, str]) -> None:
        """Write the last rows, and into the file's metadata what it is about."""
        self._flush()
        self._writer.add_key_value_metadata(dict(about))
        self._writer.close()

    def _flush(self) -> None:
        if self._held:
            self._writer.write_table(pa.concat_tables(self._held))
            self._held = []
            pa.default_memory_pool().release_unused()


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
