"""Tables go to the libraries analysts use and come from them as they are: dates as dates, absences as nulls."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

import duckdb
import kilter
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

ROWS = {
    "measure": ["readmissions-28-days", "discharges"],
    "area": ["S12000005", "S12000005"],
    "period": ["2019/20", "2019/20"],
    "value": [12, 96],
}


def values(engine: kilter.Engine, made: kilter.Demo) -> kilter.Table:
    return engine.values("NI-19", made.area, from_="2012/13", to="2024/25")


def test_a_table_says_the_same_in_every_library(engine: kilter.Engine, made: kilter.Demo) -> None:
    table = values(engine, made)
    assert 0 < table["value"].count(None) < len(table), "the test needs values and absences"
    assert all((value is None) == (why is not None) for value, why in zip(table["value"], table["absent"]))
    arrow, polars, pandas = table.to_arrow(), table.to_polars(), table.to_pandas()
    assert arrow.column("value").to_pylist() == table["value"] == polars["value"].to_list()
    assert arrow.column("period_start").to_pylist() == table["period_start"] == polars["period_start"].to_list()
    assert arrow.column("area").to_pylist() == table["area"] == polars["area"].cast(pl.String).to_list()
    assert arrow.schema.field("period_start").type == pa.date32()
    assert pa.types.is_dictionary(arrow.schema.field("area").type)
    assert str(pandas["period_start"].dtype).startswith("datetime64")
    assert isinstance(pandas["area"].dtype, pd.CategoricalDtype)
    assert pandas["value"].isna().tolist() == [value is None for value in table["value"]]


def test_a_table_is_given_away_without_a_copy(engine: kilter.Engine, made: kilter.Demo) -> None:
    table = values(engine, made)
    first, second = table.to_arrow(), table.to_arrow()
    address = lambda taken: taken.column("value").chunk(0).buffers()[1].address  # noqa: E731
    assert address(first) == address(second)


def test_duckdb_reads_a_table_and_gives_one(own: kilter.Engine) -> None:
    frame = pa.table(ROWS)
    with duckdb.connect() as connection:
        given = connection.sql("select * from frame where value > 0 order by value")
        assert own.ingest(given, source="own count", known_at="2020-07-01").accepted == 2
        values = own.values("NI-14", "S12000005", period="2019/20")
        asked = connection.sql("select indicator, period_start, value, absent from \"values\"")
        assert asked.fetchall() == [("NI-14", dt.date(2019, 4, 1), 125.0, None)]


TYPED = {
    "area": ["Fife", None, "Moray"],
    "value": [0.1 + 0.2, None, -0.0],
    "count": [1, None, 2**40],
    "day": [dt.date(2024, 2, 29), None, dt.date(1969, 12, 31)],
}


def typed() -> pa.Table:
    kinds = {"area": pa.dictionary(pa.int32(), pa.string()), "value": pa.float64(), "count": pa.int64(), "day": pa.date32()}
    return pa.table({name: pa.array(cells, type=kinds[name]) for name, cells in TYPED.items()})


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(typed, id="as it is"),
        pytest.param(lambda: kilter.Table.of(typed()), id="a table again"),
        pytest.param(lambda: pa.table(TYPED), id="strings"),
        pytest.param(lambda: pa.concat_tables([typed().slice(0, 1), typed().slice(1)]), id="in parts"),
        pytest.param(lambda: pl.DataFrame(TYPED), id="polars"),
        pytest.param(lambda: pl.DataFrame(TYPED).with_columns(pl.col("area").cast(pl.Categorical)), id="polars categories"),
        pytest.param(lambda: typed().to_pandas(date_as_object=False).astype({"count": "Int64"}), id="pandas"),
        pytest.param(lambda: duckdb.from_arrow(typed()), id="duckdb"),
    ],
)
def test_a_table_is_made_of_a_frame_and_says_the_same(frame) -> None:
    table = kilter.Table.of(frame())
    assert table.kinds == {"area": "text", "value": "number", "count": "integer", "day": "date"}
    assert {name: table[name] for name in table.columns} == TYPED


def test_a_frame_in_the_types_of_a_table_is_not_copied() -> None:
    given = typed()
    taken = kilter.Table.of(given).to_arrow()
    for name in TYPED:
        ours, theirs = taken.column(name).chunk(0), given.column(name).chunk(0)
        address = lambda array: (array.indices if name == "area" else array).buffers()[1].address  # noqa: E731
        assert address(ours) == address(theirs), name


def test_a_table_is_not_made_of_what_it_cannot_hold() -> None:
    moments = [dt.datetime(2024, 1, 1, 12), dt.datetime(2024, 1, 1)]
    with pytest.raises(kilter.DataError, match='"yes".*"when".*"list"'):
        kilter.Table.of(pa.table({"yes": [True, False], "when": moments, "list": [[1], [2]], "fine": [1, 2]}))
    with pytest.raises(kilter.DataError, match="below 2"):
        kilter.Table.of(pa.table({"n": pa.array([2**63], type=pa.uint64())}))
    for odd in (ROWS, [ROWS], 5, "text", pl.Series([1])):
        with pytest.raises(kilter.DataError):
            kilter.Table.of(odd)
    nothing = kilter.Table.of(pa.table({"a": pa.array([], type=pa.string())}))
    assert (len(nothing), nothing.columns, nothing.to_csv()) == (0, ["a"], "a\n")
    nan = kilter.Table.of(pa.table({"value": [float("nan"), 1.0]}))
    assert nan["value"] == [None, 1.0]
    repeated = pa.DictionaryArray.from_arrays(pa.array([0, 1, 2], pa.int32()), pa.array(["x", "x", "y"]))
    assert kilter.Table.of(pa.table({"a": repeated}))["a"] == ["x", "x", "y"]


def test_a_table_outlives_its_engine(made: kilter.Demo) -> None:
    with kilter.open(made.path) as engine:
        taken = values(engine, made).to_arrow()
    del engine
    assert taken.num_rows > 0 and taken.column("indicator").to_pylist()[0] == "NI-19"


def test_a_table_is_written_as_text_and_as_parquet(engine: kilter.Engine, made: kilter.Demo, tmp_path: Path) -> None:
    table = values(engine, made)
    text = table.to_csv()
    assert text is not None and text.splitlines()[0] == ",".join(table.columns)
    assert table.to_csv(tmp_path / "t.csv") is None and (tmp_path / "t.csv").read_text() == text
    rows = json.loads(table.to_json() or "")
    assert [row["value"] for row in rows] == table["value"]
    table.to_parquet(tmp_path / "t.parquet")
    assert pq.read_table(tmp_path / "t.parquet").column("value").to_pylist() == table["value"]


def test_rows_columns_and_the_first_of_them(engine: kilter.Engine, made: kilter.Demo) -> None:
    table = values(engine, made)
    rows = table.to_dicts()
    assert list(table) == rows and len(rows) == len(table) and list(rows[0]) == table.columns
    assert isinstance(rows[0]["period_start"], dt.date)
    assert table.head(2).to_dicts() == rows[:2] and len(table.head(-1)) == 0 and len(table.head(10**6)) == len(table)
    with pytest.raises(KeyError, match="no such"):
        table["no such"]


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(lambda: ROWS, id="columns"),
        pytest.param(lambda: [dict(zip(ROWS, row)) for row in zip(*ROWS.values())], id="rows"),
        pytest.param(lambda: pd.DataFrame(ROWS), id="pandas"),
        pytest.param(lambda: pd.DataFrame(ROWS).astype({"area": "category"}), id="pandas categories"),
        pytest.param(lambda: pd.DataFrame(ROWS).astype(object), id="pandas objects"),
        pytest.param(lambda: pd.DataFrame(ROWS).convert_dtypes(dtype_backend="pyarrow"), id="pandas on arrow"),
        pytest.param(lambda: pd.DataFrame(ROWS).iloc[::-1], id="pandas upside down"),
        pytest.param(lambda: pl.DataFrame(ROWS), id="polars"),
        pytest.param(lambda: pl.DataFrame(ROWS).with_columns(pl.col("area").cast(pl.Categorical)), id="polars categories"),
        pytest.param(lambda: pa.table(ROWS), id="pyarrow"),
        pytest.param(lambda: pa.table(ROWS).slice(0), id="pyarrow slice"),
        pytest.param(lambda: pa.RecordBatchReader.from_batches(pa.table(ROWS).schema, pa.table(ROWS).to_batches()), id="reader"),
        pytest.param(lambda: {**ROWS, "value": np.array([12, 96], dtype="int32")}, id="numpy"),
        pytest.param(lambda: {**ROWS, "value": [12.0, 96]}, id="floats"),
    ],
)  # fmt: skip
def test_every_kind_of_frame_is_ingested_alike(own: kilter.Engine, frame) -> None:
    receipt = own.ingest(frame(), source="own count", known_at=dt.date(2020, 7, 1))
    assert (receipt.rows, receipt.accepted, receipt.rejected) == (2, 2, 0)
    assert receipt.release == 1 and receipt.releases == [(1, dt.date(2020, 7, 1))]
    assert own.values("NI-14", "S12000005")["value"] == [125.0]


def test_files_are_ingested_and_known_again(own: kilter.Engine, tmp_path: Path) -> None:
    frame = pd.DataFrame(ROWS)
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame.to_excel(tmp_path / "a.xlsx", index=False)
    frame.to_parquet(tmp_path / "a.parquet", index=False)
    for number, name in enumerate(("a.csv", "a.xlsx", "a.parquet"), 1):
        assert own.ingest(tmp_path / name, source="own", known_at="2020-07-01").release == number
    again = own.ingest(str(tmp_path / "a.csv"), source="own", known_at="2020-07-02")
    assert again.same_file_as == 1
    assert own.releases()["file"] == ["a.csv", "a.xlsx", "a.parquet", "a.csv"]


def test_pandas_periods_are_read_as_the_field_writes_them(own: kilter.Engine) -> None:
    frame = pd.DataFrame(ROWS).assign(period=pd.PeriodIndex(["2020", "2020"], freq="Y-MAR"))
    assert own.ingest(frame, source="own", known_at="2020-07-01").accepted == 2
    assert own.values("NI-14", "S12000005")["period"] == ["2019/20"]
    assert own.values("NI-14", "S12000005", period=pd.Period("2020", "Y-MAR"))["value"] == [125.0]


def test_refused_rows_come_as_a_table_with_their_reasons(own: kilter.Engine) -> None:
    spoiled = pd.DataFrame(ROWS).assign(value=[12.0, float("nan")])
    with pytest.raises(kilter.IngestError, match="1 row of 2") as caught:
        own.ingest(spoiled, source="own", known_at="2020-07-01")
    rejections = caught.value.rejections
    assert rejections is not None and rejections.columns == ["line", "column", "found", "reason"]
    assert (rejections["line"], rejections["column"]) == ([2], ["value"])
    assert caught.value.receipt is not None and caught.value.receipt.rejected == 1
    assert len(own.releases()) == 0, "nothing is kept"
    kept = own.ingest(spoiled, source="own", known_at="2020-07-01", on_rejection="keep")
    assert (kept.accepted, kept.rejected, kept.release) == (1, 1, 1)


def test_a_profile_may_be_a_dictionary(own: kilter.Engine) -> None:
    profile = {
        "profile": {"id": "mine", "title": "Mine", "source": "us"},
        "area": {"column": "Council"},
        "period": {"column": "Year", "kind": "financial-year", "format": "financial-year"},
        "measure": [{"id": "discharges", "value": "Out"}, {"id": "readmissions-28-days", "value": "Back"}],
    }
    frame = {"Council": ["S12000005"], "Year": ["2019/20"], "Out": [96], "Back": [12]}
    receipt = own.ingest(frame, profile, source="us", known_at="2020-07-01")
    assert (receipt.profile, receipt.figures) == ("mine", 2)


def test_importing_is_quick_and_pulls_in_no_library() -> None:
    heavy = ["numpy", "pandas", "polars", "pyarrow", "matplotlib", "altair"]
    code = f"import sys, kilter, kilter.plot; print([m for m in {heavy} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_columns_hold_what_the_tables_say_to_the_bit(engine: kilter.Engine) -> None:
    columns = engine.columns()
    assert {block.indicator for block in columns if block.values.size} == set(engine.values()["indicator"])
    seen = set()
    for block, statuses, limits in zip(columns, columns.statuses(), columns.limits(), strict=True):
        places = {(area, period): (i, j) for i, area in enumerate(block.areas) for j, period in enumerate(block.periods)}
        table = engine.values(block.indicator)
        assert len(table) == len(places)
        for row in table.to_dicts():
            at = places[row["area"], row["period"]]
            value = None if np.isnan(block.values[at]) else block.values[at].item()
            assert (value, kilter.columns.LACKS[block.lacks[at]] or None) == (row["value"], row["absent"])
        for period in block.periods:
            judged, compared = engine.evaluate(block.indicator, period=period), engine.compare(block.indicator, period=period)
            for row in judged.to_dicts():
                word = kilter.columns.STATUSES[statuses.codes[places[row["area"], period]]]
                assert word == (row["reason"] if row["status"] == "not assessed" else row["status"])
                seen.add(word)
            for row in compared.to_dicts():
                at = places[row["area"], period]
                assert (kilter.columns.STANDINGS[limits.standings[at]] or None) == row["standing"]
                if row["lower"] is not None:
                    assert (limits.lower[at].item(), limits.upper[at].item()) == (row["lower"], row["upper"])
        colours = [int((statuses.codes == code).sum()) for code in range(3)]
        assert colours == [statuses.green, statuses.amber, statuses.red]
    assert {"green", "amber", "red"} < seen, "the demonstration has every colour"


def test_charts_and_ranks_by_columns_are_those_of_the_tables(engine: kilter.Engine) -> None:
    columns = engine.columns()
    patterns = ranked = 0
    for block, charts, ranks in zip(columns, columns.charts(), columns.ranks(), strict=True):
        table = engine.chart(block.indicator).to_dicts()
        lines = {}
        for area, first, end, *of in zip(*charts[1:], strict=True):
            lines |= {(block.areas[area], block.periods[place]): of for place in range(first, end)}
        for row in table:
            at = block.areas.index(row["area"]), block.periods.index(row["period"])
            found = [name for bit, name in enumerate(kilter.columns.SIGNALS) if charts.signals[at] >> bit & 1]
            assert ", ".join(found) == (row["signals"] or "")
            patterns += len(found)
            of = lines.get((row["area"], row["period"]), [np.nan] * 3)
            expected = [row["mean"], row["lower_limit"], row["upper_limit"]]
            assert [None if np.isnan(number) else number.item() for number in of] == expected
        if not block.periods:
            continue
        for row in engine.compare(block.indicator, period=block.periods[-1]).to_dicts():
            place = block.areas.index(row["area"])
            assert (ranks.ranks[place].item() or None) == row["rank"]
            ranked += row["rank"] is not None
    assert patterns and ranked, "the demonstration has patterns and ranks"
    with pytest.raises(kilter.NotFound):
        columns.ranks("no such group")


def test_columns_are_memory_of_the_engine_that_outlives_it(made: kilter.Demo) -> None:
    with kilter.open(made.path) as engine:
        columns = engine.columns("NI-19")
        values = columns["NI-19"].values
    assert not values.flags.owndata and not values.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        values[0, 0] = 1
    before = values.copy()
    del columns
    np.testing.assert_array_equal(values, before)


def test_a_block_that_is_not_there_and_an_engine_that_is_closed_are_told(made: kilter.Demo) -> None:
    with kilter.open(made.path) as engine:
        columns = engine.columns("NI-19")
        with pytest.raises(kilter.NotFound, match='no block of "NI-20"; there are NI-19'):
            columns["NI-20"]
    with pytest.raises(kilter.Closed):
        columns.statuses()
