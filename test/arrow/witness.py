"""pyarrow, which knows nothing of Privet: writes a stream of every type that is read, and compares what came back."""

import datetime
import decimal
import json
import sys

import pyarrow as pa

N = 1300
UTC = datetime.timezone.utc
EPOCH = datetime.datetime(1970, 1, 1)


def column(values, type):
    """Every seventh value is null."""
    return pa.array([None if i % 7 == 3 else values(i) for i in range(N)], type)


def table():
    berlin = pa.timestamp("us", "Europe/Berlin")
    return pa.table(
        {
            "who": column(lambda i: f"person {i} é😀", pa.string()),
            "i8": column(lambda i: i % 256 - 128, pa.int8()),
            "u64": column(lambda i: 2**64 - 1 - i, pa.uint64()),
            "i64": column(lambda i: -(2**63) + i, pa.int64()),
            "f32": column(lambda i: i / 3, pa.float32()),
            "f64": column(lambda i: [float("nan"), float("inf"), -0.0, i / 7][i % 4], pa.float64()),
            "dec": column(lambda i: decimal.Decimal(i - 600) / 1000, pa.decimal128(38, 3)),
            "ok": column(lambda i: i % 3 == 0, pa.bool_()),
            "large": column(lambda i: "x" * (i % 50), pa.large_string()),
            "raw": column(lambda i: bytes([i % 256] * (i % 5)), pa.binary()),
            "d32": column(lambda i: datetime.date(1900, 1, 1) + datetime.timedelta(days=i * 100), pa.date32()),
            "d64": column(lambda i: datetime.date(1, 1, 1) + datetime.timedelta(days=i * 2000), pa.date64()),
            "ts": column(lambda i: datetime.datetime(1890, 5, 6, 7, 8, 9, 123456, UTC) + datetime.timedelta(days=i), berlin),
            "ns": column(lambda i: i * 1_000_000_007 - 5, pa.timestamp("ns")),
            "s": column(lambda i: EPOCH + datetime.timedelta(seconds=i), pa.timestamp("s")),
            "t32": column(lambda i: datetime.time(i % 24, i % 60, 59), pa.time32("s")),
            "t64": column(lambda i: (86_399_999_999_999 - i), pa.time64("ns")),
            "list": column(lambda i: [None if k == 1 else f"{i}-{k}" for k in range(i % 4)], pa.list_(pa.string())),
            "big": column(lambda i: list(range(i % 3)), pa.large_list(pa.int16())),
            "struct": column(
                lambda i: {"a": i, "b": [i % 2 == 0] * (i % 3), "c": {"d": None}},
                pa.struct([("a", pa.int32()), ("b", pa.list_(pa.bool_())), ("c", pa.struct([("d", pa.date32())]))]),
            ),
            "dict": column(lambda i: f"kind {i % 9}", pa.string()).dictionary_encode(),
            "none": pa.nulls(N),
        }
    )


def batches(whole):
    """Slices, an empty batch, and batches whose dictionaries differ."""
    yield whole.slice(0, 0)
    for start, size in [(0, 1), (1, 13), (14, 700)]:
        yield whole.slice(start, size)
    rest = whole.slice(714)
    at = rest.schema.get_field_index("dict")
    yield rest.set_column(at, "dict", rest["dict"].cast(pa.string()).combine_chunks().dictionary_encode())


def write(path, parts, options=None):
    parts = list(parts)
    with pa.OSFile(path, "wb") as file, pa.ipc.new_stream(file, parts[0].schema, options=options) as out:
        for part in parts:
            out.write_table(part)


def make(folder):
    whole = table()
    write(f"{folder}/whole.arrows", batches(whole))
    text = whole.select(["who"])
    write(f"{folder}/compressed.arrows", [text], pa.ipc.IpcWriteOptions(compression="lz4"))
    write(f"{folder}/uuid.arrows", [pa.table({"who": pa.array([b"0" * 16], pa.uuid())})])
    write(f"{folder}/view.arrows", [text.cast(pa.schema([("who", pa.string_view())]))])
    first = pa.table({"who": pa.array(["a", "b"]).dictionary_encode()})
    second = pa.table({"who": pa.array(["a", "b", "c"]).dictionary_encode()})
    write(f"{folder}/delta.arrows", [first, second], pa.ipc.IpcWriteOptions(emit_dictionary_deltas=True))


def read(path):
    found = pa.ipc.open_stream(path).read_all()
    found.validate(full=True)
    return found


def plain(one):
    """Not a number is itself here, and zeros differ; Python has no nanoseconds."""
    if str(one.type) in ("timestamp[ns]", "time64[ns]"):
        one = one.cast(pa.int64())
    return repr(one.to_pylist())


def compare(folder):
    """What was passed on has the same types and values; tokens are texts, one for each value."""
    given, answer = read(f"{folder}/whole.arrows"), read(f"{folder}/answer.arrows")
    assert answer["privet_error"].null_count == N, answer["privet_error"].unique()
    for name in given.column_names:
        if name == "who":
            assert answer[name].type == pa.string()
            assert answer[name].is_null().equals(given[name].is_null())
            continue
        was = given[name].cast(pa.string()) if name == "dict" else given[name]
        assert answer[name].type == was.type, (name, answer[name].type, was.type)
        assert plain(answer[name]) == plain(was), name
    back = read(f"{folder}/back.arrows")
    assert plain(back["who"]) == plain(given["who"])
    print(json.dumps({"rows": answer.num_rows, "columns": answer.num_columns}))


{"make": make, "compare": compare}[sys.argv[1]](sys.argv[2])
