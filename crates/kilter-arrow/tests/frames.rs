//! What other libraries send comes in as they meant it, and what leaves is what stood in the table.

use arrow_array::types::{Int8Type, UInt32Type};
use arrow_array::{
    ArrayRef, Date32Array, DictionaryArray, Float64Array, Int64Array, LargeStringArray, RecordBatch,
    RecordBatchIterator, RecordBatchReader, StringArray, StringViewArray, TimestampMicrosecondArray,
};
use arrow_schema::ArrowError;
use kilter::Date;
use kilter::engine::{Engine, Ingest, ValuesQuery};
use kilter::export::record_batch;
use kilter::ingest::{IngestError, OnRejection, Receipt};
use kilter::table::{Column, Table};
use kilter_arrow::{ArrowProblem, Columns, open, rows, stream};
use std::sync::Arc;

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))
        .expect("the columns have one length")
}

fn reader(batches: Vec<RecordBatch>) -> Box<dyn RecordBatchReader + Send> {
    let schema = batches[0].schema();
    Box::new(RecordBatchIterator::new(batches.into_iter().map(Ok), schema))
}

fn columns(column: ArrayRef) -> Columns {
    let given = open(stream(batch(vec![("x", column)]))).expect("a batch is a table");
    Columns::read(given).expect("nothing fails")
}

#[test]
fn a_result_leaves_and_comes_back_as_it_was() {
    let day = Date::from_ymd_opt(1969, 12, 31);
    let table = Table::new(vec![
        ("area", Column::Text([Some("Fife"), None, Some("Fife")].into())),
        ("value", Column::Number([Some(0.1 + 0.2), None, Some(-0.0)].into())),
        ("release", Column::Integer([Some(3), None, Some(i64::from(u32::MAX))].into())),
        ("known_at", Column::Date([day, None, day].into())),
    ]);
    let back = Columns::read(open(stream(record_batch(&table))).unwrap()).unwrap();
    assert_eq!(back.names(), ["area", "value", "release", "known_at"]);
    assert_eq!(back.rows(), 3);
    assert_eq!(back.texts(0).unwrap(), [Some("Fife".to_owned()), None, Some("Fife".to_owned())]);
    let bits: Vec<_> = back.numbers(1).unwrap().into_iter().map(|v| v.map(f64::to_bits)).collect();
    assert_eq!(bits, [Some((0.1_f64 + 0.2).to_bits()), None, Some((-0.0_f64).to_bits())]);
    assert_eq!(back.numbers(2).unwrap(), [Some(3.0), None, Some(4_294_967_295.0)]);
    assert_eq!(back.days(3).unwrap(), [day, None, day]);
}

#[test]
fn a_result_is_given_away_without_a_copy() {
    let table = Table::new(vec![("value", Column::Number((0..1000).map(|v| Some(f64::from(v))).collect()))]);
    let given = record_batch(&table);
    let address = |batch: &RecordBatch| batch.column(0).to_data().buffers()[0].as_ptr() as usize;
    let at = address(&given);
    let taken = open(stream(given)).unwrap().next().unwrap().unwrap();
    assert_eq!(address(&taken), at);
}

#[test]
fn texts_come_from_every_kind_of_text_and_index() {
    let expected = [Some("b".to_owned()), None, Some("a".to_owned())];
    let texts = [Some("b"), None, Some("a")];
    assert_eq!(columns(Arc::new(StringArray::from(texts.to_vec()))).texts(0).unwrap(), expected);
    assert_eq!(columns(Arc::new(LargeStringArray::from(texts.to_vec()))).texts(0).unwrap(), expected);
    assert_eq!(columns(Arc::new(StringViewArray::from(texts.to_vec()))).texts(0).unwrap(), expected);
    assert_eq!(
        columns(Arc::new(texts.into_iter().collect::<DictionaryArray<Int8Type>>())).texts(0).unwrap(),
        expected
    );
    assert_eq!(
        columns(Arc::new(texts.into_iter().collect::<DictionaryArray<UInt32Type>>())).texts(0).unwrap(),
        expected
    );
    let nothing = [None::<&str>, None].into_iter().collect::<DictionaryArray<Int8Type>>();
    assert_eq!(columns(Arc::new(nothing)).texts(0).unwrap(), [None, None]);
}

#[test]
fn a_slice_of_a_column_is_that_slice() {
    let whole = batch(vec![(
        "x",
        Arc::new(Float64Array::from(vec![Some(1.0), None, Some(3.0), Some(4.0)])) as ArrayRef,
    )]);
    let part = Columns::read(open(stream(whole.slice(1, 2))).unwrap()).unwrap();
    assert_eq!(part.numbers(0).unwrap(), [None, Some(3.0)]);
}

#[test]
fn batches_are_put_together_in_order() {
    let part = |v: f64| batch(vec![("x", Arc::new(Float64Array::from(vec![v])) as ArrayRef)]);
    assert_eq!(
        Columns::read(reader(vec![part(1.0), part(2.0)])).unwrap().numbers(0).unwrap(),
        [Some(1.0), Some(2.0)]
    );
}

#[test]
fn not_a_number_is_nothing_and_infinity_is_handed_on() {
    let found = columns(Arc::new(Float64Array::from(vec![f64::NAN, f64::INFINITY]))).numbers(0).unwrap();
    assert_eq!(found, [None, Some(f64::INFINITY)]);
}

#[test]
fn a_moment_is_a_day_only_where_the_day_begins() {
    const DAY: i64 = 86_400_000_000;
    let days = |moments: Vec<i64>| columns(Arc::new(TimestampMicrosecondArray::from(moments))).days(0);
    assert_eq!(days(vec![-DAY]).unwrap(), [Date::from_ymd_opt(1969, 12, 31)]);
    assert!(days(vec![DAY + 1]).is_err());
    assert!(days(vec![i64::MAX - i64::MAX % DAY]).is_err(), "beyond the calendar");
}

#[test]
fn a_column_of_another_type_is_refused_by_its_name() {
    let error = columns(Arc::new(StringArray::from(vec!["1"]))).numbers(0).unwrap_err();
    assert_eq!(error.to_string(), "column \"x\": numbers were expected, and it holds Utf8");
    assert!(columns(Arc::new(Float64Array::from(vec![1.0]))).texts(0).is_err());
    let error = columns(Arc::new(Float64Array::from(vec![1.0]))).numbers(1).unwrap_err();
    assert_eq!(error, ArrowProblem::NoColumn { place: 2, columns: 1 });
}

#[test]
fn a_producer_that_fails_is_told_in_its_words() {
    let schema = batch(vec![("x", Arc::new(Float64Array::from(vec![1.0])) as ArrayRef)]).schema();
    let failing = RecordBatchIterator::new([Err(ArrowError::ComputeError("no more".into()))], schema);
    let error = Columns::read(Box::new(failing)).unwrap_err();
    assert!(error.to_string().contains("no more"), "{error}");
}

/// A store with the national framework into which a frame is ingested.
fn ingested(frame: Vec<RecordBatch>) -> (Result<Receipt, IngestError>, Engine, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let known_at = Date::from_ymd_opt(2020, 7, 1).expect("a day");
    let path = folder.path().join("store");
    let mut engine = Engine::create(&path, "scotland-core-suite", known_at).expect("a store");
    let ingest =
        Ingest { profile: None, source: "a frame", known_at, on_rejection: OnRejection::Refuse, note: None };
    let result = rows("data frame", reader(frame), 0).map_err(IngestError::from);
    let result = result.and_then(|rows| engine.ingest_rows(rows, &ingest, |_, _| true));
    (result, engine, folder)
}

fn frame(values: ArrayRef) -> RecordBatch {
    let measures = ["readmissions-28-days", "discharges"].map(Some);
    batch(vec![
        ("measure", Arc::new(measures.into_iter().collect::<DictionaryArray<Int8Type>>()) as ArrayRef),
        ("area", Arc::new(LargeStringArray::from(vec!["S12000005", "S12000005"]))),
        ("period", Arc::new(StringViewArray::from(vec!["2019/20", "2019/20"]))),
        ("value", values),
    ])
}

#[test]
fn a_frame_of_another_library_is_ingested_as_a_file_is() {
    for values in [
        Arc::new(Float64Array::from(vec![12.0, 96.0])) as ArrayRef,
        Arc::new(Int64Array::from(vec![12, 96])),
        Arc::new(StringArray::from(vec!["12", "96"])),
    ] {
        let (receipt, engine, _folder) = ingested(vec![frame(values)]);
        let receipt = receipt.unwrap();
        assert_eq!((receipt.rows, receipt.accepted), (2, 2));
        assert_eq!((receipt.file.as_str(), receipt.same_file_as), ("data frame", None));
        let rates = engine.values(&ValuesQuery::of("NI-14").area("S12000005")).unwrap();
        assert_eq!(rates.column("value"), Some(&Column::Number([Some(125.0)].into())));
    }
}

#[test]
fn a_null_a_nan_and_a_date_for_a_value_are_refused_with_their_rows() {
    for (values, says) in [
        (Arc::new(Float64Array::from(vec![Some(12.0), None])) as ArrayRef, "blank"),
        (Arc::new(Float64Array::from(vec![12.0, f64::NAN])), "not a number"),
        (Arc::new(Date32Array::from(vec![12, 96])), "not a number"),
    ] {
        let error = ingested(vec![frame(values)]).0.unwrap_err();
        let last = error.receipt().unwrap().rejections.last().unwrap();
        assert_eq!((last.line, last.column.as_str()), (2, "value"));
        assert!(last.reason.contains(says), "{last}");
    }
}

#[test]
fn a_frame_without_the_columns_is_told_which_it_lacks() {
    let lacking = batch(vec![("measure", Arc::new(StringArray::from(vec!["discharges"])) as ArrayRef)]);
    let error = ingested(vec![lacking]).0.unwrap_err().to_string();
    assert!(error.starts_with("data frame: ") && error.contains("\"period\""), "{error}");
}
