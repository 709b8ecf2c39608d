"""Errors are of kilter's kinds and of the built-in ones, and say everything; nothing crashes the interpreter."""

from __future__ import annotations

import datetime as dt
import decimal
import inspect
import math
import multiprocessing
import os
import pickle
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import kilter
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from kilter import methods


@pytest.mark.parametrize(
    ("kind", "built_in"),
    [
        (kilter.FrameworkError, ValueError), (kilter.ProfileError, ValueError), (kilter.IngestError, ValueError),
        (kilter.ReadError, OSError), (kilter.MethodError, ValueError), (kilter.PeriodError, ValueError),
        (kilter.QuestionError, ValueError), (kilter.NotFound, KeyError), (kilter.StoreError, OSError),
        (kilter.Locked, OSError), (kilter.Damaged, OSError), (kilter.Closed, OSError), (kilter.DataError, TypeError),
        (kilter.InternalError, RuntimeError),
    ],
)  # fmt: skip
def test_every_kind_is_also_of_a_built_in_one(kind: type[Exception], built_in: type[Exception]) -> None:
    assert issubclass(kind, kilter.KilterError) and issubclass(kind, built_in)
    assert str(kind("100% of \"it\"")) == "100% of \"it\""


def test_all_problems_of_a_framework_come_at_once() -> None:
    spoiled = kilter.Framework.from_text(
        '[framework]\nid = "x"\ntitle = "X"\n[[measure]]\nid = "a"\n[[indicator]]\nid = "I"\npolarity = "up"\n', "mine.toml"
    )
    problems = spoiled.check()
    assert len(problems) >= 2 and all(problem.message for problem in problems)
    assert any(problem.text == "mine.toml" and (problem.line or 0) > 3 for problem in problems)
    with pytest.raises(kilter.FrameworkError) as caught:
        spoiled.title
    assert caught.value.problems == problems
    assert str(len(problems)) in repr(spoiled)


def test_a_framework_comes_from_a_file_the_catalogue_or_a_dictionary(tmp_path: Path, engine: kilter.Engine) -> None:
    (tmp_path / "mine.toml").write_text('[framework]\nid = "mine"\ntitle = "Mine"\nextends = "scotland-core-suite"\n')
    of_file = kilter.Framework(tmp_path / "mine.toml")
    of_dictionary = kilter.Framework({"framework": {"id": "mine", "title": "Mine", "extends": "scotland-core-suite"}})
    assert of_file.check() == of_dictionary.check() == []
    assert of_file.counts == of_dictionary.counts and of_file.id == of_dictionary.id == "mine"
    assert "scotland-core-suite" in kilter.catalogue_frameworks() and len(kilter.catalogue_profiles()) > 3
    assert engine.framework().check() == []
    with pytest.raises(kilter.NotFound, match="catalogue has"):
        kilter.Framework("scotland")
    with pytest.raises(kilter.FrameworkError, match="extends"):
        kilter.Framework({"framework": {"id": "x", "title": "X", "extends": "nothing"}})


def test_what_is_not_there_is_told_with_what_is(engine: kilter.Engine, tmp_path: Path) -> None:
    with pytest.raises(kilter.NotFound, match="did you mean NI-19"):
        engine.values("ni19")
    with pytest.raises(kilter.NotFound, match="area"):
        engine.values("NI-19", "Atlantis")
    with pytest.raises(kilter.NotFound, match="level"):
        engine.evaluate("NI-19", level="king")
    with pytest.raises(kilter.NotFound, match="release 99"):
        engine.values("NI-19", as_at=99)
    with pytest.raises(kilter.PeriodError, match="2021"):
        engine.evaluate("NI-19", period="2021")
    with pytest.raises(kilter.StoreError, match="not a kilter store"):
        kilter.open(tmp_path)
    with pytest.raises(kilter.ReadError, match="no such file"):
        with kilter.create(tmp_path / "s", "scotland-core-suite") as own:
            own.ingest(tmp_path / "lost.csv", source="x", known_at="2020-01-01")


def test_the_store_is_locked_for_a_second_writer_and_open_for_readers(own: kilter.Engine) -> None:
    code = "import kilter, sys\ntry: kilter.open(sys.argv[1], mode='write')\nexcept kilter.Locked as e: print(e)"
    other = subprocess.run([sys.executable, "-c", code, own.path], capture_output=True, text=True, check=True)
    assert "open for writing" in other.stdout
    with kilter.open(own.path) as reader:
        assert len(reader.releases()) == 0
        with pytest.raises(kilter.StoreError, match="opened for reading"):
            reader.define("scotland-core-suite")


def test_a_closed_engine_says_so(made: kilter.Demo) -> None:
    engine = kilter.open(made.path)
    engine.close()
    engine.close()
    assert "closed" in repr(engine)
    with pytest.raises(kilter.Closed, match="open the store again"):
        engine.values()


def test_a_damaged_store_is_noticed(made: kilter.Demo, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(made.path, copy)
    assert kilter.verify(copy)
    segment = max(copy.rglob("*.segment"), key=lambda p: p.stat().st_size)
    spoiled = bytearray(segment.read_bytes())
    spoiled[len(spoiled) // 2] ^= 0xFF
    segment.write_bytes(spoiled)
    found = kilter.verify(copy)
    assert not found and found.damage and found.text


def test_a_store_is_backed_up_restored_and_repeated_in_every_table(made: kilter.Demo, tmp_path: Path) -> None:
    with kilter.open(made.path) as engine:
        engine.backup(tmp_path / "store.zip")
        with pytest.raises(kilter.StoreError):
            engine.backup(tmp_path / "store.zip")
        expected = engine.evaluate().to_csv()
    with kilter.restore(tmp_path / "store.zip", tmp_path / "again") as again:
        assert again.evaluate().to_csv() == expected and again.verify()
        last = again.releases()["release"][-1]
        again.withdraw(last, "digits exchanged", known_at="2030-01-01")
        assert again.releases()["withdrawn_because"][-1] == "digits exchanged"
        assert again.evaluate(as_at="2029-12-31").to_csv() == expected
        assert again.evaluate(as_at="2030-01-01").to_csv() != expected
    (tmp_path / "no.zip").write_bytes(b"no backup")
    with pytest.raises(kilter.KilterError):
        kilter.restore(tmp_path / "no.zip", tmp_path / "other")


def test_a_panic_is_an_exception_with_a_sentence() -> None:
    with pytest.raises(kilter.InternalError, match="100% sure %s. Please report"):
        kilter._native.provoke_a_panic("100% sure %s")


def test_arguments_are_keywords_after_the_first_two(own: kilter.Engine) -> None:
    for name, function in inspect.getmembers(kilter.Engine, inspect.isfunction):
        if name.startswith("_"):
            continue
        positional = [p for p in inspect.signature(function).parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
        assert len(positional) <= 3, name


def test_a_table_or_engine_is_not_pickled_and_says_what_to_do(engine: kilter.Engine) -> None:
    with pytest.raises(TypeError, match="open the store again"):
        pickle.dumps(engine)
    with pytest.raises(TypeError, match="to_pandas"):
        pickle.dumps(engine.releases())


NUMBERS = [
    None, 1, "text", b"bytes", object(), [object()], ["1"], [[1]], [1 + 2j], [decimal.Decimal("1")], "x" * 10**6,
    ["\ud800"], {1: 2}, {"a"}, [10**400], [True], range(3), iter([1.0]), (x for x in [1]),
    np.array([[1.0]]), np.array(["a"]), np.array([1j]), np.array([object()]), np.array([np.datetime64("2020-01-01")]),
    np.array(3.0), np.array([], dtype="float64"), np.arange(6.0)[::2], np.array([1.0], dtype=">f8"),
    np.array([1], dtype="uint64"), np.ma.masked_array([1.0], mask=[True]),
    pd.Series(["a"]), pd.Series([object()]), pd.Series([1, "a"]), pd.Series([None]), pd.Series([], dtype="float64"),
    pd.Series(pd.to_datetime(["2020-01-01"]).tz_localize("Europe/London")), pd.DataFrame({"a": [1]}),
    pd.Series([1, None], dtype="Int64"), pd.Series([True, False]), pd.Index([1, 2]), pd.Series([pd.Timedelta(1)]),
    pl.Series(["a"]), pl.Series([[1]]), pl.DataFrame({"a": [1]}), pl.Series([None]), pl.Series([1, 2], dtype=pl.Int8),
    pl.LazyFrame({"a": [1]}), pl.Series([decimal.Decimal("1.5")]),
    pa.array([1.5, None]), pa.chunked_array([[1], [2]]), pa.table({"a": [1]}), pa.array([{"a": 1}]), pa.array([b"x"]),
    pa.array([], type=pa.null()), pa.scalar(1.0), [math.nan], [math.inf], [-math.inf], [-0.0], [5e-324], [1.8e308],
]  # fmt: skip


@pytest.mark.parametrize("place", range(len(NUMBERS)))
def test_odd_columns_are_answered_or_refused_and_never_crash(place: int) -> None:
    odd = NUMBERS[place]
    for call in (
        lambda: methods.crude_rate(odd, odd), lambda: methods.proportion([1.0], odd), lambda: methods.half_up(odd, 2),
        lambda: methods.xmr(odd), lambda: methods.run_chart(odd), lambda: methods.mean(odd), lambda: methods.quantiles(odd, 1),
        lambda: methods.pooled([1], [2], by=odd), lambda: methods.direct(odd, [20], [30], {"a": 1}),
        lambda: methods.completed_years(odd, odd), lambda: methods.age_groups(odd), lambda: methods.to_base(odd),
        lambda: methods.sustained(odd, baseline=1, run=1), lambda: methods.primary(odd, threshold=4),
    ):  # fmt: skip
        try:
            answer = call()
        except (kilter.KilterError, TypeError, ValueError, OverflowError) as refusal:
            assert not isinstance(refusal, kilter.InternalError), refusal
            assert str(refusal)
        else:
            assert answer is not None


FRAMES = [
    None, 1, "no such file.csv", b"x", object(), [], {}, [1], [{}], {"a": [1], "b": [1, 2]}, {"measure": 3}, "\0",
    "x" * 10**5, {"measure": ["\ud800"]}, {"measure": [object()]}, {"measure": [dt.datetime.now(dt.UTC)]},
    pd.DataFrame(), pd.DataFrame({"a": [object()]}), pd.DataFrame({"a": [1]}).a, pd.DataFrame([[1, 2]], columns=["a", "a"]),
    pd.DataFrame({"measure": ["x" * 10**6], "area": [1], "period": [2.5], "value": [math.inf]}),
    pd.DataFrame({"a": [[1]]}), pd.DataFrame({1: [1], 2: ["b"]}), pd.DataFrame({"a": [1, "b"]}),
    pl.DataFrame(), pl.DataFrame({"a": [[1]]}), pl.Series([1]), pl.DataFrame({"a": [b"\xff"]}),
    pa.table({}), pa.table({"a": [{"b": 1}]}), pa.array([1]), pa.table({"a": pa.array([b"\xff"])}),
    pa.table({"measure": ["discharges"], "area": ["S12000005"], "period": [dt.date(2020, 1, 1)], "value": [-1.0]}),
]  # fmt: skip


@pytest.mark.parametrize("place", range(len(FRAMES)))
def test_odd_frames_are_refused_and_never_crash(own: kilter.Engine, place: int) -> None:
    with pytest.raises((kilter.KilterError, TypeError, ValueError)) as caught:
        own.ingest(FRAMES[place], source="x", known_at="2020-01-01")
    assert not isinstance(caught.value, kilter.InternalError), caught.value
    assert len(own.releases()) == 0


@pytest.mark.parametrize("odd", [1.5, object(), b"x", ["x"], "\ud800", "x" * 10**4, "", True, dt.datetime.now(dt.UTC), -1, 2**70])
def test_odd_arguments_are_refused_and_never_crash(engine: kilter.Engine, odd) -> None:
    for call in (
        lambda: engine.values(odd), lambda: engine.values("NI-19", odd), lambda: engine.evaluate(period=odd),
        lambda: engine.values(as_at=odd), lambda: engine.values("NI-19", rolling=odd), lambda: engine.values("NI-19", every=odd),
        lambda: engine.scorecard(odd), lambda: engine.exceptions(level=odd), lambda: engine.explain(odd),
        lambda: engine.what_if("NI-19", target=odd), lambda: engine.what_if("NI-19", tolerance=odd), lambda: engine.diff(odd, odd),
        lambda: engine.compare("NI-19", with_=odd), lambda: engine.values("NI-19", confidence=odd), lambda: kilter.open(odd),
        lambda: kilter.Framework(odd), lambda: engine.evaluate("NI-19", on=odd),
    ):  # fmt: skip
        try:
            call()
        except (kilter.KilterError, TypeError, ValueError, OverflowError) as refusal:
            assert not isinstance(refusal, kilter.InternalError), refusal


def test_a_column_that_a_generator_gives_up_on_tells_its_error(own: kilter.Engine) -> None:
    schema = pa.schema([(name, pa.string()) for name in ("measure", "area", "period", "value")])

    def failing():
        raise RuntimeError("the other end is 100% gone")
        yield

    reader = pa.RecordBatchReader.from_batches(schema, failing())
    with pytest.raises(kilter.IngestError, match="100% gone"):
        own.ingest(reader, source="x", known_at="2020-01-01")


def big_frame(rows: int, value: str | None = None) -> pa.Table:
    """A frame whose reading takes a while, and of which nothing is kept."""
    def same(text: str) -> pa.Array:
        return pa.DictionaryArray.from_arrays(np.zeros(rows, dtype="int8"), [text])

    columns = {"measure": same("discharges"), "area": same("S12000005"), "period": same("2019/20")}
    return pa.table(columns | {"value": np.arange(rows, dtype="float64") if value is None else same(value)})


@pytest.fixture
def keyboard() -> Iterator[None]:
    """The keyboard interrupts as it does in a session of one's own; a shell has its background jobs ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("keyboard")
def test_the_keyboard_interrupts_and_nothing_is_kept(own: kilter.Engine) -> None:
    def press() -> None:
        time.sleep(0.3)
        pressed.append(time.monotonic())
        signal.raise_signal(signal.SIGINT) if threading.current_thread() is threading.main_thread() else os.kill(
            os.getpid(), signal.SIGINT
        )

    pressed: list[float] = []
    presser = threading.Thread(target=press)
    frame = big_frame(20_000_000)
    presser.start()
    with pytest.raises(KeyboardInterrupt):
        own.ingest(frame, source="x", known_at="2020-01-01")
    assert time.monotonic() - pressed[0] < 2.0
    presser.join()
    assert len(own.releases()) == 0


def test_very_many_contradicting_rows_are_refused_in_bounded_memory(own: kilter.Engine) -> None:
    with pytest.raises(kilter.IngestError) as caught:
        own.ingest(big_frame(100_000), source="x", known_at="2020-01-01")
    assert caught.value.receipt is not None and caught.value.receipt.rejected == 100_000
    rejections = caught.value.rejections
    assert rejections is not None and max(len(reason) for reason in rejections["reason"]) < 400


def test_progress_is_told_and_its_exception_reaches_the_caller(own: kilter.Engine) -> None:
    told: list[tuple[int, int]] = []

    def stop(done: int, in_all: int) -> None:
        told.append((done, in_all))
        if done > 0:
            raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        own.ingest(big_frame(3_000_000), source="x", known_at="2020-01-01", progress=stop)
    assert told[-1][1] == 3_000_000 and 0 < told[-1][0] < 3_000_000
    assert len(own.releases()) == 0


def test_other_threads_run_while_the_engine_works(own: kilter.Engine) -> None:
    ticks = 0
    working = True

    def tick() -> None:
        nonlocal ticks
        while working:
            time.sleep(0.005)
            ticks += 1

    ticker = threading.Thread(target=tick)
    ticker.start()
    start = time.monotonic()
    try:
        # Every row is refused, and reading stops after many.
        own.ingest(big_frame(1_000_000, "many"), source="x", known_at="2020-01-01")
    except kilter.IngestError:
        pass
    took = time.monotonic() - start
    before = ticks
    working = False
    ticker.join()
    # Held for the whole call, the interpreter would let the other thread run a handful of times.
    assert before >= min(20, took / 0.005 / 10), (before, took)


def test_two_engines_work_at_the_same_time(tmp_path: Path) -> None:
    """Each waits, in the middle of its work, for the other to be there too."""
    together = threading.Barrier(2, timeout=60)
    rows = {"measure": ["discharges"], "area": ["S12000005"], "period": ["2019/20"], "value": [96]}
    batch = pa.RecordBatch.from_pydict(rows)

    def batches() -> Iterator[pa.RecordBatch]:
        together.wait()
        yield batch

    def work(place: int) -> None:
        with kilter.create(tmp_path / str(place), "scotland-core-suite", known_at="2015-01-01") as engine:
            reader = pa.RecordBatchReader.from_batches(batch.schema, batches())
            done.append(engine.ingest(reader, source="own", known_at="2020-07-01").accepted)

    done: list[int] = []
    threads = [threading.Thread(target=work, args=(place,)) for place in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == [1, 1]


def test_two_threads_ask_one_engine_at_once(engine: kilter.Engine, made: kilter.Demo) -> None:
    alone = engine.evaluate().to_csv()
    found: list[str | None] = []
    threads = [threading.Thread(target=lambda: found.append(engine.evaluate().to_csv())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [alone] * 4


def _in_the_child(path: str, engine: kilter.Engine, answers) -> None:
    try:
        engine.releases()
        engine.values("NI-19")
        answers.put("answered")
    except kilter.StoreError as error:
        answers.put(str(error))
    with kilter.open(path) as again:
        answers.put(len(again.values("NI-19")))



@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_process_is_told_to_open_the_store_again(own: kilter.Engine, made: kilter.Demo) -> None:
    with kilter.open(made.path) as reader:
        expected = len(reader.values("NI-19"))
        context = multiprocessing.get_context("fork")
        answers = context.Queue()
        child = context.Process(target=_in_the_child, args=(made.path, reader, answers))
        child.start()
        said, count = answers.get(timeout=60), answers.get(timeout=60)
        child.join(60)
    assert "open the store again" in said or said == "answered"
    assert count == expected


def test_a_store_is_cared_for(made: kilter.Demo, tmp_path: Path) -> None:
    path, backup = tmp_path / "store", tmp_path / "store.zip"
    shutil.copytree(made.path, path)
    with kilter.open(path, "write", wait=0.1) as engine:
        before = engine.values().to_csv()
        engine.backup(backup)
    assert "release" in kilter.check_backup(backup)
    segment = max((path / "ledger").iterdir(), key=lambda file: file.stat().st_size)
    damaged = bytearray(segment.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    segment.write_bytes(damaged)
    assert not kilter.verify(path)
    repaired = kilter.repair(path, backup)
    assert repaired and segment.name in repr(repaired) and not repaired.damage
    with kilter.open(path, "write") as engine:
        assert engine.values().to_csv() == before
        assert "merged into one" in engine.compact()
        assert engine.values().to_csv() == before
    first, last = kilter.migrate(path, tmp_path / "before.zip")
    assert first == last, "the newest format already"
    with pytest.raises(kilter.StoreError, match="backup"):
        kilter.check_backup(path / "kilter.store")
    for seconds in (-1.0, float("nan"), float("inf")):
        with pytest.raises(kilter.QuestionError, match="no time to wait"):
            kilter.open(path, wait=seconds)
