"""What a statement may be made of: node kinds, types and functions. Everything else is refused.

The names of sqlglot's classes change with its version, so it is pinned and the lists are checked
against PostgreSQL's own functions by the tests.
"""

from sqlglot import exp

_SYNTAX = """
Add Alias All And Any Array Between BitwiseAnd BitwiseNot BitwiseOr BitwiseXor Boolean Bracket CTE Case
Cast Column ColumnDef Cube DPipe DataType DataTypeParam Distinct Distance Div EQ Escape Except Exists Fetch Filter From
GT GTE Group GroupingSets Having ILike Identifier If In IntDiv Intersect Interval Is
JSONExtract JSONExtractScalar JSONBContains JSONBExtract JSONBExtractScalar JSONBContainsAllTopKeys
JSONBContainsAnyTopKeys JSONBContainsTopKey JSONPath JSONPathKey JSONPathRoot JSONPathSubscript Join
ArrayContainsAll ArrayOverlaps Kwarg LT LTE Lambda Lateral Like Limit LimitOptions Literal Mod Mul NEQ
Neg Not Null NullSafeEQ NullSafeNEQ Offset Or Order Ordered Overlaps Paren RawString RegexpILike
RegexpLike Rollup Select SimilarTo Star Sub Subquery Table TableAlias Tuple Union Values Var Where Window
WindowSpec With WithinGroup AtTimeZone Nullif Coalesce ArrayContainedBy TableFromRows Slice Pow
"""
_FUNCTIONS = """
Abs Acos Asin Atan Atan2 AnyValue ArrayAgg ArrayConcat ArrayPosition ArrayRemove ArraySize
ArrayToString Ascii Avg BitLength Cbrt Ceil Chr Concat ConcatWs Corr Cos Cot Count CovarPop
CovarSamp CumeDist CurrentDate CurrentTime CurrentTimestamp DateBin Degrees DenseRank Encode Exp Explode
ExplodingGenerateSeries Extract FirstValue Floor Format GenerateSeries Greatest GroupConcat Grouping Initcap
JSONArrayAgg JSONBObjectAgg JSONObject JSONObjectAgg Lag LastValue Lead Least Left Length
Levenshtein Ln Localtime Localtimestamp Log LogicalAnd LogicalOr Lower MD5 MakeInterval Max Min Mode
NthValue Ntile Pad PercentRank PercentileCont PercentileDisc Radians Rank RegrAvgx RegrAvgy RegrCount
RegrIntercept RegrR2 RegrSlope RegrSxx RegrSxy RegrSyy RegexpCount RegexpReplace RegexpSubstr RegexpExtract
RegexpInstr RegexpSplit Replace Reverse Right Round RowNumber SHA2Digest Sign Sin Split SplitPart Sqrt
StartsWith Stddev StddevPop StddevSamp StrPosition StringToArray Substring Sum Tan
TimeToStr TimestampTrunc ToChar ToNumber Trim Trunc Unnest Upper Variance VariancePop
WidthBucket Translate JustifyDays JustifyHours JustifyInterval ArrayAppend BitwiseAndAgg BitwiseOrAgg
BitwiseXorAgg Decode TimestampFromParts Overlay Pi Rand Factorial
"""


def _words(text: str) -> list[str]:
    return text.split()


def _classes(names: str) -> frozenset[type[exp.Expr]]:
    return frozenset(getattr(exp, name) for name in names.split())


NODES: frozenset[type[exp.Expr]] = _classes(_SYNTAX + _FUNCTIONS)
"""The kinds of node that a statement may hold."""

FUNCTIONS: frozenset[str] = frozenset(
    _words("""
    age array_append array_cat array_dims array_length array_lower array_ndims array_position
    array_positions array_prepend array_remove array_replace array_to_json array_to_string
    array_upper btrim cardinality ceiling char_length character_length clock_timestamp convert_from
    date_part date_trunc decode div every gcd isfinite json_agg json_array_elements
    json_array_elements_text json_array_length json_build_array json_build_object json_each
    json_each_text json_extract_path json_extract_path_text json_object json_object_agg
    json_object_keys json_strip_nulls json_to_record json_to_recordset json_typeof jsonb_agg
    jsonb_array_elements jsonb_array_elements_text jsonb_array_length jsonb_build_array
    jsonb_build_object jsonb_each jsonb_each_text jsonb_exists jsonb_extract_path
    jsonb_extract_path_text jsonb_object jsonb_object_agg jsonb_object_keys jsonb_path_exists
    jsonb_path_match jsonb_path_query jsonb_path_query_array jsonb_path_query_first jsonb_pretty
    jsonb_strip_nulls jsonb_to_record jsonb_to_recordset jsonb_typeof justify_days justify_hours
    justify_interval lcm ltrim make_date make_interval make_time make_timestamp make_timestamptz
    min_scale mode now num_nonnulls num_nulls octet_length overlay position quote_ident
    quote_literal quote_nullable range_agg regexp_count regexp_instr regexp_like regexp_match
    regexp_matches regexp_split_to_array regexp_split_to_table regexp_substr row_to_json rtrim scale
    sha224 sha256 sha384 sha512 sinh cosh tanh asinh acosh atanh statement_timestamp
    string_to_array string_to_table strpos substr timezone to_ascii to_char to_date to_hex to_json
    to_jsonb to_number to_timestamp transaction_timestamp trim_array trim_scale unistr
    width_bucket timeofday array_sample array_shuffle date_add date_subtract random_normal
    """)
)
"""Functions of PostgreSQL that sqlglot has no class for."""

TYPES: frozenset[exp.DType] = frozenset(
    getattr(exp.DType, name)
    for name in _words("""
    ARRAY BIGDECIMAL BIGINT BINARY BIT BOOLEAN CHAR DATE DECIMAL DOUBLE FLOAT INT INTERVAL JSON JSONB
    NCHAR NVARCHAR SMALLINT TEXT TIME TIMESTAMP TIMESTAMPNTZ TIMESTAMPTZ TIMETZ UUID VARBINARY
    VARCHAR NUMRANGE INT4RANGE INT8RANGE DATERANGE TSRANGE TSTZRANGE
    """)
)
"""The types that a value may be cast to."""

LONGEST_PAD = 1_000  # characters of lpad and rpad
LONGEST_SERIES = 100_000  # steps of a generate_series between two numbers

IDENTIFIERS: frozenset[tuple[type[exp.Expr], str]] = frozenset(
    {
        (exp.Alias, "alias"),
        (exp.Column, "this"),
        (exp.Column, "table"),
        (exp.ColumnDef, "this"),
        (exp.Join, "using"),
        (exp.Lambda, "expressions"),
        (exp.Table, "this"),
        (exp.Table, "db"),
        (exp.TableAlias, "this"),
        (exp.TableAlias, "columns"),
        (exp.Unnest, "offset"),
        (exp.Window, "this"),
        (exp.Window, "alias"),
    }
)
"""Where a name may stand: the node that holds it, and as what. `binding` knows these places."""

SYSTEM_COLUMNS = frozenset({"cmax", "cmin", "ctid", "tableoid", "xmax", "xmin"})
"""Columns that every table of PostgreSQL has, and that nobody may read."""
