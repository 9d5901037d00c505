"""Chunks of a Parquet file as columns, and the rows in them that may break the contract."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ...features import Column, input_columns, only_bounds

BOUNDS = {"ge": np.less, "gt": np.less_equal, "le": np.greater, "lt": np.greater_equal}  # broken


def to_columns(chunk: pa.RecordBatch) -> tuple[dict[str, np.ndarray], np.ndarray] | None:
    """Return the typed columns, (n,) each, and (n,) bool: which rows to look at closely.

    None when that cannot be told at once: of other types, or of an Input with checks of its own.
    """
    if not only_bounds():
        return None
    found, suspect = {}, np.zeros(len(chunk), dtype=bool)
    for column in input_columns():
        array = chunk[column.name]
        if isinstance(array.type, pa.DictionaryType):
            array = array.dictionary_decode()
        if not _fits(column, array.type):
            return None
        found[column.name], odd = (_text if column.kind is str else _number)(column, array)
        suspect |= odd
    return found, suspect


def _fits(column: Column, kind: pa.DataType) -> bool:
    if column.kind is str:
        return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
    if column.kind is bool:
        return bool(pa.types.is_boolean(kind))
    whole = pa.types.is_integer(kind) and kind != pa.uint64()
    return bool(whole or pa.types.is_floating(kind))


def _text(column: Column, array: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    # Each text is made once, however often it occurs.
    coded = pc.fill_null(array, "").dictionary_encode()
    texts = np.array([*coded.dictionary.to_pylist(), ""], dtype=object)[:-1]
    odd = np.array([_is_odd(column, text) for text in texts], dtype=bool)
    codes = coded.indices.to_numpy()
    missing = array.is_null().to_numpy(zero_copy_only=False)
    return texts[codes], np.where(missing, not column.nullable, odd[codes])


def _is_odd(column: Column, text: str) -> bool:
    if column.choices and text not in column.choices:
        return True
    shortest, longest = column.min_length or 0, column.max_length
    return len(text) < shortest or (longest is not None and len(text) > longest)


def _number(column: Column, array: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    missing = pc.is_null(array, nan_is_null=True).to_numpy(zero_copy_only=False)
    raw = array.to_numpy(zero_copy_only=False)
    values = np.where(missing, 0, raw).astype(np.float64)
    odd = ~np.isfinite(values)
    if column.kind is int:
        odd |= values != np.floor(values)
    for name, broken in BOUNDS.items():
        if (bound := getattr(column, name)) is not None:
            odd |= broken(values, bound)
    odd = np.where(missing, not column.nullable, odd)
    if column.nullable:
        return np.where(missing, np.nan, values), odd
    exact = raw if np.issubdtype(raw.dtype, np.integer) else values  # 64 bits do not fit a float
    return np.where(odd, 0, exact).astype(column.dtype), odd
