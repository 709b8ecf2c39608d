//! The same table is the same rows in every format, and what is stored in binary form becomes the text
//! an analyst would type.

use std::sync::Arc;

use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Float32Array,
    Float64Array, Int32Array, Int64Array, LargeStringArray, ListArray, NullArray, RecordBatch, StringArray,
    StringViewArray, Time64MicrosecondArray, TimestampMicrosecondArray, TimestampNanosecondArray,
    UInt64Array,
};
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};

use super::fixtures::*;
use crate::read::{FileKind, ReadOptions, ReadProblem, Row, digest, open};

const NOTE: &str = "na h-Eileanan Siar; \"p\", r < 5 & é";

fn table() -> [Vec<Value<'static>>; 5] {
    use Value::{Blank, Number, Text};
    [
        vec![Text("Area"), Text("Month"), Text("Beds"), Text("Rate"), Text("Note")],
        vec![Text("Fife"), Text("2023-04"), Number(1204.0), Number(0.1), Text(NOTE)],
        vec![Text("Angus"), Text("2023-05"), Number(0.0), Number(-12.5), Blank],
        vec![Blank, Text("2023-06"), Number(1_234_567_890_123_456.0), Number(0.1 + 0.2), Blank],
        vec![Text("Moray"), Blank, Blank, Number(1e-7), Text("x")],
    ]
}

fn csv_text() -> String {
    let mut text = String::from("Area,Month,Beds,Rate,Note\r\n");
    text.push_str("Fife,2023-04,1204,0.1,\"na h-Eileanan Siar; \"\"p\"\", r < 5 & é\"\r\n");
    text.push_str("Angus,2023-05,0,-12.5,\r\n");
    text.push_str(",2023-06,1234567890123456,0.30000000000000004,\r\n");
    text.push_str("Moray,,,0.0000001,x\r\n");
    text
}

fn written_by_a_library() -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (r, row) in table().iter().enumerate() {
        for (c, value) in row.iter().enumerate() {
            match value {
                Value::Text(text) => sheet.write_string(r as u32, c as u16, *text).unwrap(),
                Value::Number(number) => sheet.write_number(r as u32, c as u16, *number).unwrap(),
                Value::Blank => sheet.write_blank(r as u32, c as u16, &Format::new().set_bold()).unwrap(),
            };
        }
    }
    workbook.save_to_buffer().unwrap()
}

fn as_parquet() -> Vec<u8> {
    parquet(vec![
        (
            "Area",
            Arc::new(StringArray::from(vec![Some("Fife"), Some("Angus"), None, Some("Moray")])) as ArrayRef,
        ),
        ("Month", Arc::new(StringArray::from(vec![Some("2023-04"), Some("2023-05"), Some("2023-06"), None]))),
        ("Beds", Arc::new(Int64Array::from(vec![Some(1204), Some(0), Some(1_234_567_890_123_456), None]))),
        ("Rate", Arc::new(Float64Array::from(vec![0.1, -12.5, 0.1 + 0.2, 1e-7]))),
        ("Note", Arc::new(StringArray::from(vec![Some(NOTE), None, None, Some("x")]))),
    ])
}

#[test]
fn the_same_table_is_the_same_rows_in_every_format() {
    let text = csv_text();
    let rows_of_table = table();
    let slices: Vec<&[Value]> = rows_of_table.iter().map(Vec::as_slice).collect();
    let (header, expected) = read(&text).unwrap();
    assert_eq!(header, ["Area", "Month", "Beds", "Rate", "Note"]);
    assert_eq!(expected.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 3, 4, 5]);
    assert_eq!(expected[0].1, ["Fife", "2023-04", "1204", "0.1", NOTE]);
    assert_eq!(expected[2].1, ["", "2023-06", "1234567890123456", "0.30000000000000004", ""]);
    let expected: Vec<Vec<String>> = rows((header.clone(), expected));

    let files: [(&str, FileKind, Vec<u8>); 11] = [
        ("gzip", FileKind::Csv, gzip(text.as_bytes())),
        (
            "gzip in two members",
            FileKind::Csv,
            [gzip(&text.as_bytes()[..40]), gzip(&text.as_bytes()[40..])].concat(),
        ),
        ("zstd", FileKind::Csv, zstd(text.as_bytes())),
        ("marked UTF-8", FileKind::Csv, format!("\u{feff}{text}").into_bytes()),
        ("UTF-16LE", FileKind::Csv, utf16(&text, false)),
        ("UTF-16BE in gzip", FileKind::Csv, gzip(&utf16(&text, true))),
        ("xlsx", FileKind::Excel, written_by_a_library()),
        ("xlsb", FileKind::Excel, xlsb(&slices)),
        ("xls", FileKind::Excel, xls(&slices)),
        ("ods", FileKind::Excel, ods(&ods_rows(&slices))),
        ("parquet", FileKind::Parquet, as_parquet()),
    ];
    for (what, kind, bytes) in files {
        let file = Fixture::new("table", &bytes);
        assert_eq!(open(&file.path, &ReadOptions::default()).unwrap().kind(), kind, "{what}");
        let (found_header, found) = read(&bytes).unwrap();
        assert_eq!(found_header, header, "{what}");
        let first_line = if kind == FileKind::Parquet { 1 } else { 2 };
        assert_eq!(
            found.iter().map(|(line, _)| *line).collect::<Vec<_>>(),
            (first_line..first_line + 4).collect::<Vec<_>>(),
            "{what}"
        );
        assert_eq!(rows((found_header, found)), expected, "{what}");
    }
}

#[test]
fn numbers_dates_and_errors_of_a_workbook_become_what_an_analyst_would_type() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    let date = Format::new().set_num_format("dd/mm/yyyy");
    let moment = Format::new().set_num_format("yyyy-mm-dd hh:mm:ss");
    let hours = Format::new().set_num_format("[h]:mm");
    let percent = Format::new().set_num_format("0%");
    sheet
        .write_row(0, 0, ["whole", "part", "date", "moment", "time", "hours", "logical", "error", "percent"])
        .unwrap();
    sheet.write_number(1, 0, -0.0).unwrap();
    sheet.write_number(1, 1, 1e21).unwrap();
    sheet.write_datetime_with_format(1, 2, ExcelDateTime::from_ymd(2023, 4, 1).unwrap(), &date).unwrap();
    let noon = ExcelDateTime::from_ymd(1960, 2, 29).unwrap().and_hms(12, 30, 1.5).unwrap();
    sheet.write_datetime_with_format(1, 3, noon, &moment).unwrap();
    sheet.write_number_with_format(1, 4, 0.25, &moment).unwrap();
    sheet.write_number_with_format(1, 5, 1.5, &hours).unwrap();
    sheet.write_boolean(1, 6, true).unwrap();
    sheet.write_formula(1, 7, Formula::new("=1/0").set_result("#DIV/0!")).unwrap();
    sheet.write_number_with_format(1, 8, 0.125, &percent).unwrap();
    // A date that no calendar has is shown as the number it is.
    sheet.write_number_with_format(2, 2, -1.5, &date).unwrap();
    sheet.write_number_with_format(2, 3, 2_958_466.0, &date).unwrap();
    let found = read(workbook.save_to_buffer().unwrap()).unwrap();
    let rows = rows(found);
    assert_eq!(
        rows[0],
        [
            "0",
            "1000000000000000000000",
            "2023-04-01",
            "1960-02-29T12:30:01.5",
            "06:00:00",
            "36:00:00",
            "true",
            "#DIV/0!",
            "0.125"
        ]
    );
    assert_eq!(rows[1], ["", "", "-1.5", "2958466", "", "", "", "", ""]);
}

#[test]
fn the_1904_calendar_of_a_workbook_is_heeded() {
    let data = "<row r=\"1\"><c r=\"A1\" t=\"str\"><v>date</v></c></row><row r=\"2\"><c r=\"A2\" s=\"0\"><v>1462</v></c></row>";
    for (properties, expected) in [("", "1904-01-01"), ("<workbookPr date1904=\"1\"/>", "1908-01-02")] {
        assert_eq!(rows(read(xlsx_with(properties, data, "<sst/>")).unwrap()), [[expected]], "{properties}");
    }
}

#[test]
fn midnight_of_an_opendocument_date_is_left_out() {
    let cell = |date: &str| {
        format!(
            "<table:table-row><table:table-cell office:value-type=\"date\" office:date-value=\"{date}\"><text:p>shown</text:p></table:table-cell></table:table-row>"
        )
    };
    let head = ods_rows(&[&[Value::Text("date")]]).replace("1048000", "1");
    let body: String =
        ["2023-04-01", "2023-04-01T00:00:00", "2023-04-01T00:00:00.000000000", "2023-04-01T10:00:00"]
            .map(cell)
            .concat();
    assert_eq!(
        rows(read(ods(&(head + &body))).unwrap()),
        [["2023-04-01"], ["2023-04-01"], ["2023-04-01"], ["2023-04-01T10:00:00"]]
    );
}

#[test]
fn cells_of_an_opendocument_table_are_what_the_sheet_shows() {
    let text = |paragraphs: &str| {
        format!("<table:table-cell office:value-type=\"string\">{paragraphs}</table:table-cell>")
    };
    let cells = [
        (text("<text:p>a<text:s text:c=\"2\"/>b<text:tab/>c<text:span>d</text:span>&amp;&#233;</text:p>"), "a  b\tcd&é"),
        (text("<text:p>one</text:p><text:p>two<text:line-break/>three</text:p>"), "one\ntwo\nthree"),
        (text("<office:annotation><text:p>a comment</text:p></office:annotation><text:p>seen</text:p>"), "seen"),
        (text("<text:p><![CDATA[<raw>]]></text:p>"), "<raw>"),
        ("<table:table-cell office:value-type=\"percentage\" office:value=\"0.25\"><text:p>25%</text:p></table:table-cell>".to_owned(), "0.25"),
        ("<table:table-cell office:value-type=\"float\" office:value=\"1.50E3\"/>".to_owned(), "1500"),
        ("<table:table-cell office:value-type=\"boolean\" office:boolean-value=\"true\"><text:p>TRUE</text:p></table:table-cell>".to_owned(), "true"),
        ("<table:table-cell office:value-type=\"string\" office:string-value=\"\" calcext:value-type=\"error\"><text:p>#DIV/0!</text:p></table:table-cell>".to_owned(), "#DIV/0!"),
        ("<table:covered-table-cell/>".to_owned(), ""),
    ];
    let names: Vec<String> = (0..cells.len()).map(|i| text(&format!("<text:p>c{i}</text:p>"))).collect();
    let row: String = cells.iter().map(|(xml, _)| xml.as_str()).collect();
    let xml = format!(
        "<table:table-header-rows><table:table-row>{}</table:table-row></table:table-header-rows>\
         <table:table-row table:number-rows-repeated=\"2\"/><table:table-row table:number-rows-repeated=\"2\">{row}</table:table-row>",
        names.concat()
    );
    let (_, found) = read(ods(&xml)).unwrap();
    let expected: Vec<&str> = cells.iter().map(|(_, expected)| *expected).collect();
    assert_eq!(found.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [4, 5], "repeats count as rows");
    for (_, fields) in found {
        assert_eq!(fields, expected);
    }
}

#[test]
fn the_table_of_an_opendocument_file_is_the_one_named_or_else_the_first_that_is_shown() {
    let [one, two] = ["one", "two"].map(|text| ods_rows(&[&[Value::Text(text)]]));
    let bytes = ods_tables(&[("Notes &amp; more", "hidden", &one), ("Shown", "shown", &two)]);
    let header = |sheet: Option<&str>| {
        let options = ReadOptions { sheet: sheet.map(str::to_owned), ..ReadOptions::default() };
        read_with(&bytes, &options)
    };
    assert_eq!(header(None).unwrap().0, ["two"]);
    assert_eq!(header(Some("Notes & more")).unwrap().0, ["one"]);
    let (problem, _) = refused(header(Some("shown")));
    assert!(
        matches!(problem, ReadProblem::NoSuchSheet { sheets, .. } if sheets == ["Notes & more", "Shown"])
    );
    // Where all are hidden the first of them is read; where there is none there is no table.
    let hidden = ods_tables(&[("a", "hidden", &one), ("b", "hidden", &two)]);
    assert_eq!(read(hidden).unwrap().0, ["one"]);
    assert!(matches!(refused(read(ods_tables(&[]))).0, ReadProblem::NoSheet));
}

#[test]
fn rows_of_a_sheet_keep_their_numbers_and_true_widths() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.write_string(1, 0, "Table 3: beds").unwrap();
    sheet.write_row(3, 0, ["Area", "Beds"]).unwrap();
    sheet.write_string(4, 0, "Fife").unwrap();
    sheet.write_row(7, 0, ["Angus", "5", "", "more"]).unwrap();
    let bytes = workbook.save_to_buffer().unwrap();
    let options = ReadOptions { header_row: Some(4), ..ReadOptions::default() };
    let (header, found) = read_with(&bytes, &options).unwrap();
    assert_eq!(header, ["Area", "Beds"]);
    let expected: Vec<(u64, Vec<&str>)> = vec![(5, vec!["Fife", ""]), (8, vec!["Angus", "5", "", "more"])];
    assert_eq!(format!("{found:?}"), format!("{expected:?}"));
    // Without the option the first row that is not blank is the header.
    assert_eq!(read(&bytes).unwrap().0, ["Table 3: beds"]);
}

#[test]
fn the_sheet_is_the_one_named_or_else_the_first_that_is_shown() {
    let mut workbook = Workbook::new();
    workbook.add_worksheet().set_name("Notes").unwrap().set_hidden(true).write_string(0, 0, "note").unwrap();
    workbook.add_worksheet().set_name("Data 1").unwrap().set_active(true).write_string(0, 0, "one").unwrap();
    workbook.add_worksheet().set_name("Data 2").unwrap().write_string(0, 0, "two").unwrap();
    let bytes = workbook.save_to_buffer().unwrap();
    let header = |sheet: Option<&str>| {
        let options = ReadOptions { sheet: sheet.map(str::to_owned), ..ReadOptions::default() };
        read_with(&bytes, &options).map(|(header, _)| header)
    };
    assert_eq!(header(None).unwrap(), ["one"]);
    assert_eq!(header(Some("Data 2")).unwrap(), ["two"]);
    assert_eq!(header(Some("Notes")).unwrap(), ["note"]);
    let error = header(Some("data 2")).unwrap_err();
    assert!(matches!(error.problem(), ReadProblem::NoSuchSheet { .. }));
    assert!(error.to_string().contains("\"Notes\", \"Data 1\" and \"Data 2\""), "{error}");
}

#[test]
fn every_parquet_type_has_its_text() {
    let dictionary: DictionaryArray<Int32Type> = vec![Some("Fife"), None, Some("Fife")].into_iter().collect();
    let keys = Int32Array::from(vec![Some(1), Some(0), None]);
    let numbers = DictionaryArray::<Int32Type>::new(keys, Arc::new(Int64Array::from(vec![10, 20])));
    let columns: Vec<(&str, ArrayRef, [&str; 3])> = vec![
        ("dictionary", Arc::new(dictionary), ["Fife", "", "Fife"]),
        ("number dictionary", Arc::new(numbers), ["20", "10", ""]),
        ("large", Arc::new(LargeStringArray::from(vec![Some("a"), Some(""), None])), ["a", "", ""]),
        (
            "view",
            Arc::new(StringViewArray::from(vec!["short", "a text of more than twelve bytes", ""])),
            ["short", "a text of more than twelve bytes", ""],
        ),
        (
            "bytes",
            Arc::new(BinaryArray::from(vec![Some(b"S12000047".as_slice()), None, Some(b"")])),
            ["S12000047", "", ""],
        ),
        ("float", Arc::new(Float32Array::from(vec![0.1, -0.0, 16_777_216.0])), ["0.1", "0", "16777216"]),
        (
            "double",
            Arc::new(Float64Array::from(vec![1e21, 5e-7, f64::NAN])),
            ["1000000000000000000000", "0.0000005", "NaN"],
        ),
        ("unsigned", Arc::new(UInt64Array::from(vec![u64::MAX, 0, 1])), ["18446744073709551615", "0", "1"]),
        (
            "decimal",
            Arc::new(Decimal128Array::from(vec![12_300, -5, 0]).with_precision_and_scale(10, 3).unwrap()),
            ["12.3", "-0.005", "0"],
        ),
        (
            "tens",
            Arc::new(Decimal128Array::from(vec![12, -5, 0]).with_precision_and_scale(10, 0).unwrap()),
            ["12", "-5", "0"],
        ),
        ("logical", Arc::new(BooleanArray::from(vec![Some(true), Some(false), None])), ["true", "false", ""]),
        (
            "date",
            Arc::new(Date32Array::from(vec![19_448, -1, 0])),
            ["2023-04-01", "1969-12-31", "1970-01-01"],
        ),
        (
            "time",
            Arc::new(Time64MicrosecondArray::from(vec![Some(3_661_500_000), Some(0), None])),
            ["01:01:01.5", "00:00:00", ""],
        ),
        (
            "moment",
            Arc::new(TimestampNanosecondArray::from(vec![
                1_680_307_200_000_000_000,
                1_680_307_200_000_000_001,
                -1,
            ])),
            ["2023-04-01", "2023-04-01T00:00:00.000000001", "1969-12-31T23:59:59.999999999"],
        ),
        (
            "UTC",
            Arc::new(
                TimestampMicrosecondArray::from(vec![1_680_307_200_000_000, 0, 60_000_000])
                    .with_timezone("UTC"),
            ),
            ["2023-04-01", "1970-01-01", "1970-01-01T00:01:00"],
        ),
        // Midnight of 1 June 2023 in London is 23:00 of 31 May in UTC: never the date of May alone.
        (
            "London",
            Arc::new(
                TimestampMicrosecondArray::from(vec![1_685_574_000_000_000, 0, 1])
                    .with_timezone("Europe/London"),
            ),
            ["2023-05-31T23:00:00Z", "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000001Z"],
        ),
        ("nothing", Arc::new(NullArray::new(3)), ["", "", ""]),
    ];
    let bytes = parquet(columns.iter().map(|(name, array, _)| (*name, Arc::clone(array))).collect());
    let (header, found) = read(&bytes).unwrap();
    for (i, (name, _, expected)) in columns.iter().enumerate() {
        assert_eq!(header[i], *name);
        let texts: Vec<&str> = found.iter().map(|(_, fields)| fields[i].as_str()).collect();
        assert_eq!(texts, expected, "{name}");
    }
}

#[test]
fn parquet_is_read_batch_by_batch_to_the_last_row() {
    for count in [0, 1, 4095, 4096, 4097, 10_000] {
        let bytes = parquet(vec![("n", Arc::new(Int64Array::from_iter_values(0..count)) as ArrayRef)]);
        let (header, found) = read(&bytes).unwrap();
        assert_eq!(header, ["n"]);
        assert_eq!(found.len() as i64, count);
        for (i, (line, fields)) in found.iter().enumerate() {
            assert_eq!((*line, fields[0].as_str()), (i as u64 + 1, i.to_string().as_str()));
        }
    }
}

#[test]
fn parquet_columns_that_are_not_single_values_are_named() {
    let list = ListArray::from_iter_primitive::<Int64Type, _, _>(vec![Some(vec![Some(1)])]);
    let bytes = parquet(vec![
        ("fine", Arc::new(Int64Array::from(vec![1])) as ArrayRef),
        ("ages", Arc::new(list) as ArrayRef),
    ]);
    let (problem, text) = refused(read(bytes));
    assert!(matches!(problem, ReadProblem::NestedColumns(columns) if columns.len() == 1));
    assert!(text.contains("\"ages\""), "{text}");
}

#[test]
fn a_parquet_compression_that_cannot_be_undone_is_named_before_any_row() {
    let batch =
        RecordBatch::try_from_iter(vec![("n", Arc::new(Int64Array::from(vec![1])) as ArrayRef)]).unwrap();
    let snappy = parquet::file::properties::WriterProperties::builder()
        .set_compression(parquet::basic::Compression::SNAPPY)
        .build();
    let mut bytes = Vec::new();
    let mut writer = parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), Some(snappy)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    assert!(read(&bytes).is_ok());
    // The codec is a number in the footer, written doubled: 1 for snappy, 2 for gzip. This build cannot
    // write the other, so each place that could be that number is tried.
    let named = (0..bytes.len()).filter(|at| bytes[*at] == 2).any(|at| {
        let mut changed = bytes.clone();
        changed[at] = 4;
        read(&changed).is_err_and(|error| {
            matches!(error.problem(), ReadProblem::Compression { found } if found.starts_with("GZIP"))
        })
    });
    assert!(named);
}

#[test]
fn parquet_bytes_that_are_not_text_are_named_by_row_and_column() {
    let bytes =
        parquet(vec![("code", Arc::new(BinaryArray::from(vec![b"ok".as_slice(), b"\xff"])) as ArrayRef)]);
    let (problem, _) = refused(read(bytes));
    assert!(matches!(problem, ReadProblem::BinaryValue { row: 2, column } if column == "code"));
}

#[test]
fn a_file_with_column_names_only_is_a_table_without_rows() {
    let mut workbook = Workbook::new();
    workbook.add_worksheet().write_row(0, 0, ["a", "b"]).unwrap();
    let empty = RecordBatch::try_from_iter(vec![
        ("a", Arc::new(Int64Array::from(Vec::<i64>::new())) as ArrayRef),
        ("b", Arc::new(Int64Array::from(Vec::<i64>::new())) as ArrayRef),
    ])
    .unwrap();
    for bytes in [
        b"a,b".to_vec(),
        b"a,b\n".to_vec(),
        b"\n\na,b\r\n\r\n\n".to_vec(),
        gzip(b"a,b\n"),
        workbook.save_to_buffer().unwrap(),
        parquet_batch(&empty),
    ] {
        assert_eq!(read(bytes).unwrap(), (vec!["a".to_owned(), "b".to_owned()], vec![]));
    }
}

#[test]
fn the_digest_is_that_of_the_bytes_of_the_file() {
    let file = Fixture::new("abc.csv", b"abc");
    assert_eq!(
        digest(&file.path).unwrap(),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    let file = Fixture::new("empty.csv", b"");
    assert_eq!(
        digest(&file.path).unwrap(),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    assert!(digest(file.folder()).is_err());
}

#[test]
fn rows_can_be_handed_to_another_thread() {
    fn is_send<T: Send>(_: &T) {}
    for bytes in [b"a\n1\n".to_vec(), written_by_a_library(), as_parquet()] {
        let file = Fixture::new("table", bytes);
        is_send(&open(&file.path, &ReadOptions::default()).unwrap());
    }
}

#[test]
fn after_the_end_there_are_no_more_rows() {
    for bytes in [b"a\n1\n".to_vec(), written_by_a_library(), as_parquet()] {
        let file = Fixture::new("table", bytes);
        let mut rows = open(&file.path, &ReadOptions::default()).unwrap();
        let mut row = Row::new();
        assert!(rows.bytes_read() <= rows.bytes_total());
        while rows.next(&mut row).unwrap() {}
        assert!(!rows.next(&mut row).unwrap());
    }
}

#[test]
fn what_is_as_in_the_row_before_is_known_in_texts_and_in_columns() {
    let csv = "area,month,beds\nA1,2024-01,5\nA1,2024-01,7\nA1,2024-02,7\nA10,2024-02,7\n\"A10\",2024-02,8\nA10,2024-02,8\nA10,2024-02,8,9\n";
    let text = |values: &[&str]| Arc::new(StringArray::from(values.to_vec())) as ArrayRef;
    let columns = [
        ("area", text(&["A1", "A1", "A1", "A10", "A10"])),
        ("month", text(&["2024-01", "2024-01", "2024-02", "2024-02", "2024-02"])),
        ("beds", Arc::new(Float64Array::from(vec![5.0, 7.0, 7.5, -0.0, f64::INFINITY])) as ArrayRef),
    ];
    for (bytes, repeated, beds) in [
        (csv.as_bytes().to_vec(), vec![0, 2, 1, 0, 0, 0, 2], vec![None; 7]),
        (
            parquet_batch(&RecordBatch::try_from_iter(columns).unwrap()),
            vec![0, 2, 1, 0, 2],
            vec![Some(5.0), Some(7.0), Some(7.5), Some(0.0), None],
        ),
    ] {
        let file = Fixture::new("table", bytes);
        let mut rows = open(&file.path, &ReadOptions::default()).unwrap();
        let mut row = Row::new();
        let mut found = Vec::new();
        while rows.next(&mut row).unwrap() {
            found.push((row.repeated().0, row.number(2)));
        }
        assert_eq!(found, repeated.into_iter().zip(beds).collect::<Vec<_>>());
    }
}
