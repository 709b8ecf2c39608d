//! Hostile and broken files take bounded memory and time; the border itself is still read.

use std::fmt::Write;
use std::time::{Duration, Instant};

use super::fixtures::*;
use crate::read::{Limits, ReadOptions, ReadProblem};

fn within(limits: Limits, bytes: impl AsRef<[u8]>) -> Result<Content, crate::read::ReadError> {
    read_within(bytes, &ReadOptions::default(), &limits)
}

#[test]
fn a_header_may_be_as_long_as_the_limit_and_no_longer() {
    let limits = Limits { header: 10, ..Limits::default() };
    assert_eq!(within(limits.clone(), "abcd,fghij\n1,2\n").unwrap().0, ["abcd", "fghij"]);
    assert_eq!(within(limits.clone(), "\"bcd\",ghij").unwrap().0, ["bcd", "ghij"]);
    for text in ["abcd,fghijk\n1,2\n", "\"bcd\",ghijk", "\n\n\n\n\n\n\n\n\n\n\na,b\n"] {
        assert!(matches!(
            refused(within(limits.clone(), text)).0,
            ReadProblem::HeaderTooLong { line: 1, limit: 10 }
        ));
    }
    let options = ReadOptions { header_row: Some(2), ..ReadOptions::default() };
    assert!(read_within("0123456789\na\n", &options, &limits).is_ok());
    let (problem, _) = refused(read_within("0123456789x\na\n", &options, &limits));
    assert!(matches!(problem, ReadProblem::HeaderTooLong { line: 1, .. }));
}

#[test]
fn a_record_may_be_as_long_as_the_limit_and_no_longer() {
    let limits = Limits { record: 10, ..Limits::default() };
    assert_eq!(rows(within(limits.clone(), "a,b\n1234,56789\r\n\"a\n\",\"cde\"").unwrap()).len(), 2);
    for record in ["1234,567890\n", "1234,567890", "\"\n\",\"defgh\"", ",,,,,,,,,,,", "\"abcdefghijklmnop"] {
        let (problem, _) = refused(within(limits.clone(), format!("a,b\n\n{record}")));
        assert!(
            matches!(problem, ReadProblem::RecordTooLong { line: 3, limit: 10 }),
            "{record}: {problem:?}"
        );
    }
}

#[test]
fn gigabytes_of_garbage_are_refused_within_the_first_megabytes() {
    // Files with a hole take no room on disk and read as NUL bytes.
    let file = Fixture::new("hole.csv", b"");
    std::fs::File::options().write(true).open(&file.path).unwrap().set_len(2 << 30).unwrap();
    let start = Instant::now();
    let error = crate::read::open(&file.path, &ReadOptions::default()).unwrap_err();
    assert!(matches!(error.problem(), ReadProblem::NotATable { .. }), "{error}");
    assert!(start.elapsed() < Duration::from_secs(2));
    // The same after a sound beginning.
    let mut text = b"a,b\n1,2\n".to_vec();
    text.resize(20_000, b'3');
    std::fs::write(&file.path, &text).unwrap();
    std::fs::File::options().write(true).open(&file.path).unwrap().set_len(2 << 30).unwrap();
    let mut rows = crate::read::open(&file.path, &ReadOptions::default()).unwrap();
    let mut row = crate::read::Row::new();
    assert!(rows.next(&mut row).unwrap());
    let error = rows.next(&mut row).unwrap_err();
    assert!(matches!(error.problem(), ReadProblem::Nul { line: 3 }), "{error}");
    assert!(start.elapsed() < Duration::from_secs(2));
    // One line without an end, and a quote without an end, of 40 MB in 40 KB.
    let line = gzip(&vec![b'x'; 40 << 20]);
    assert!(matches!(refused(read(&line)).0, ReadProblem::HeaderTooLong { line: 1, .. }));
    let mut quote = b"a\n\"".to_vec();
    quote.resize(40 << 20, b'\n');
    assert!(matches!(refused(read(gzip(&quote))).0, ReadProblem::RecordTooLong { line: 2, .. }));
}

#[test]
fn a_decompression_bomb_is_refused_where_it_outgrows_the_ratio() {
    let mut text = b"a,b\n".to_vec();
    while text.len() < 8 << 20 {
        text.extend(b"1,2\n");
    }
    for bytes in [gzip(&text), zstd(&text)] {
        let limits = |expansion, expansion_floor| Limits { expansion, expansion_floor, ..Limits::default() };
        let (problem, sentence) = refused(within(limits(50, 1 << 20), &bytes));
        assert!(matches!(problem, ReadProblem::Bomb { ratio: 50, .. }), "{sentence}");
        // Up to the floor no ratio is refused, and a wider ratio is allowed.
        assert!(within(limits(50, text.len() as u64), &bytes).is_ok());
        assert!(within(limits(50, text.len() as u64 - 1), &bytes).is_err());
        assert!(within(limits(1_000_000, 1 << 20), &bytes).is_ok());
    }
}

#[test]
fn a_sheet_may_have_as_many_cells_as_the_limit_and_no_more() {
    let table: &[&[Value]] =
        &[&[Value::Text("a"), Value::Text("b")], &[Value::Number(1.0), Value::Number(2.0)]];
    let tight = |cells| Limits { cells, loaded_cells: cells, ..Limits::default() };
    let sheet_data = "<row r=\"1\"><c r=\"A1\" t=\"str\"><v>a</v></c><c r=\"B1\" t=\"str\"><v>b</v></c></row>\
                      <row r=\"2\"><c r=\"A2\"><v>1</v></c><c r=\"B2\"><v>2</v></c></row>";
    for (what, bytes) in [
        ("xlsx", xlsx(sheet_data, "<sst/>")),
        ("xlsb", xlsb(table)),
        ("xls", xls(table)),
        ("ods", ods(&ods_rows(table))),
    ] {
        assert_eq!(rows(within(tight(4), &bytes).unwrap()), [["1", "2"]], "{what}");
        let (problem, sentence) = refused(within(tight(3), &bytes));
        assert!(matches!(problem, ReadProblem::TooManyCells { limit: 3, .. }), "{what}: {sentence}");
        assert!(sentence.contains("save the sheet as CSV"), "{sentence}");
    }
}

#[test]
fn two_cells_at_the_corners_of_a_sheet_do_not_take_the_memory_of_the_rectangle_between() {
    let corner = "<row r=\"1\"><c r=\"A1\" t=\"str\"><v>a</v></c></row>\
                  <row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>";
    let content = read(xlsx(corner, "<sst/>")).unwrap();
    assert_eq!(content.1[0].0, 1_048_576);
    assert_eq!(content.1[0].1.len(), 16_384);
    // The formats that are loaded as rectangles are refused instead.
    let cells = [(0, 0, Value::Text("a")), (u16::MAX, u16::MAX, Value::Number(1.0))];
    let (problem, _) = refused(read(compound("Workbook", &xls_stream(&cells, None))));
    assert!(matches!(problem, ReadProblem::TooManyCells { .. }), "{problem:?}");
    assert!(read(ods(
        "<table:table-row><table:table-cell office:value-type=\"float\" office:value=\"1\"/></table:table-row>\
         <table:table-row table:number-rows-repeated=\"1048000\"><table:table-cell/></table:table-row>\
         <table:table-row><table:table-cell table:number-columns-repeated=\"16383\"/>\
         <table:table-cell office:value-type=\"float\" office:value=\"1\"/></table:table-row>"
    ))
    .is_ok());
}

#[test]
fn one_element_of_an_opendocument_table_cannot_stand_for_all_memory() {
    let cell = |repeats: &str| {
        format!("<table:table-cell office:value-type=\"float\" office:value=\"1\"{repeats}/>")
    };
    let many = " table:number-columns-repeated=\"16384\"";
    for rows in [
        format!("<table:table-row table:number-rows-repeated=\"4000000000\">{}</table:table-row>", cell("")),
        format!("<table:table-row>{}</table:table-row>", cell(many)).repeat(100),
    ] {
        let limits = Limits { cells: 1_000_000, ..Limits::default() };
        let (problem, _) = refused(within(limits, ods(&rows)));
        assert!(matches!(problem, ReadProblem::TooManyCells { .. }), "{problem:?}");
    }
    let wide = format!("<table:table-row>{}</table:table-row>", cell(&many.replace("16384", "4000000000")));
    assert!(matches!(refused(read(ods(&wide))).0, ReadProblem::Damaged { .. }));
    let blanks = "<table:table-row><table:table-cell office:value-type=\"string\"><text:p>a\
                  <text:s text:c=\"4000000000\"/></text:p></table:table-cell></table:table-row>";
    assert!(read(ods(blanks)).is_err());
}

#[test]
fn a_document_that_ends_within_an_element_is_damaged_and_does_not_wait_for_ever() {
    let content = "<office:spreadsheet><table:table table:name=\"a\"><table:table-row>\
                   <table:table-cell office:value-type=\"string\"><office:annotation><text:p>x";
    for end in 0..content.len() {
        let bytes = archive(&[
            ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
            ("content.xml", &content.as_bytes()[..end]),
        ]);
        assert!(read(bytes).is_err(), "{end}");
    }
}

#[test]
fn what_a_workbook_declares_is_not_believed() {
    let sound = "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row>";
    let strings = |count: &str| format!("<sst uniqueCount{count}><si><t>a</t></si></sst>");
    assert_eq!(read(xlsx(sound, &strings("=\"1\""))).unwrap().0, ["a"]);
    for count in ["=\"999999999999\"", " =\n'99999999999999999999'"] {
        let (problem, sentence) = refused(read(xlsx(sound, &strings(count))));
        assert!(matches!(problem, ReadProblem::Damaged { .. }), "{sentence}");
    }
    let cell = [(0, 0, Value::Text("a"))];
    assert!(read(compound("Workbook", &xls_stream(&cell, Some([0, 1, 0, 1])))).is_ok());
    assert!(read(compound("Workbook", &xls_stream(&cell, Some([0, 65_536, 0, 256])))).is_ok());
    for extent in [[0, u32::MAX, 0, 65_535], [10, 5, 0, 1]] {
        let (problem, _) = refused(read(compound("Workbook", &xls_stream(&cell, Some(extent)))));
        assert!(
            matches!(problem, ReadProblem::Damaged { .. } | ReadProblem::TooManyCells { .. }),
            "{problem:?}"
        );
    }
}

#[test]
fn a_chain_of_sectors_that_runs_in_a_circle_ends() {
    let mut bytes = xls(&[&[Value::Text("a")]]);
    assert!(read(&bytes).is_ok());
    bytes[DIRECTORY_LINK..DIRECTORY_LINK + 4].copy_from_slice(&1u32.to_le_bytes());
    assert!(matches!(refused(read(&bytes)).0, ReadProblem::Damaged { .. }));
}

#[test]
fn a_workbook_that_unpacks_beyond_the_limit_is_refused() {
    let mut data = String::new();
    for row in 1..=2000 {
        write!(data, "<row r=\"{row}\"><c r=\"A{row}\"><v>1</v></c></row>").unwrap();
    }
    let bytes = xlsx(&data, "<sst/>");
    let limits = |workbook| Limits { workbook, ..Limits::default() };
    assert!(within(limits(200_000), &bytes).is_ok());
    let (problem, _) = refused(within(limits(50_000), &bytes));
    assert!(matches!(problem, ReadProblem::WorkbookTooLarge { limit: 50_000 }));
    // The same when the archive's table of contents lies about the sizes.
    let name = b"xl/worksheets/sheet1.xml";
    let mut lying = bytes.clone();
    for at in memchr::memmem::find_iter(&bytes, name) {
        // In the central directory the name stands 46 bytes into the entry, the unpacked size 24.
        if at >= 46 && bytes[at - 46..].starts_with(b"PK\x01\x02") {
            lying[at - 22..at - 18].copy_from_slice(&100u32.to_le_bytes());
        }
    }
    assert_ne!(lying, bytes);
    assert!(within(limits(50_000), &lying).is_err());
}

#[test]
fn one_long_text_shown_in_many_cells_counts_each_time() {
    let mut data = String::new();
    for row in 1..=100 {
        write!(data, "<row r=\"{row}\"><c r=\"A{row}\" t=\"s\"><v>0</v></c></row>").unwrap();
    }
    let bytes = xlsx(&data, &format!("<sst><si><t>{}</t></si></sst>", "x".repeat(1000)));
    let limits = |workbook| Limits { workbook, ..Limits::default() };
    assert!(within(limits(100_000), &bytes).is_ok());
    assert!(matches!(refused(within(limits(99_999), &bytes)).0, ReadProblem::WorkbookTooLarge { .. }));
}

#[test]
fn cells_out_of_order_are_damage_and_not_another_table() {
    for data in [
        "<row r=\"2\"><c r=\"A2\"><v>1</v></c></row><row r=\"1\"><c r=\"A1\"><v>1</v></c></row>",
        "<row r=\"1\"><c r=\"B1\"><v>1</v></c><c r=\"A1\"><v>2</v></c></row>",
        "<row r=\"1\"><c r=\"A1\"><v>1</v></c><c r=\"A1\"><v>2</v></c></row>",
    ] {
        assert!(matches!(refused(read(xlsx(data, "<sst/>"))).0, ReadProblem::Damaged { .. }), "{data}");
    }
}
