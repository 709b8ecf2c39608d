//! Delimited text: lines are counted as a text editor counts them, and no field is changed, lost or
//! moved to another column.

use proptest::prelude::*;

use super::fixtures::*;
use crate::read::{Limits, ReadOptions, ReadProblem};

fn lines(content: &Content) -> Vec<u64> {
    content.1.iter().map(|(line, _)| *line).collect()
}

#[test]
fn a_record_stands_on_the_line_on_which_it_begins() {
    let text = "a,b\n\n1,\"x\ny\r\nz\rw\"\n\n\n2,3\r\n\r\n4,5\r6,7\n\r8,9";
    //          1    2 3      4 5    6  7   8 9  10   11   12   13  14 15
    let content = read(text).unwrap();
    assert_eq!(lines(&content), [3, 9, 11, 12, 14]);
    assert_eq!(content.1[0].1, ["1", "x\ny\r\nz\rw"]);
    assert_eq!(content.1[4].1, ["8", "9"]);
}

#[test]
fn line_numbers_hold_over_the_borders_of_chunks() {
    // The reader takes 64 KiB at a time: a line end of two characters must meet every border.
    for pad in 0..8 {
        let mut text = format!("a,{}\r\n", "b".repeat(pad));
        for i in 0..30_000 {
            text.push_str(&format!("{i},\"x\r\ny\"\r\n"));
        }
        let content = read(&text).unwrap();
        for (i, (line, fields)) in content.1.iter().enumerate() {
            assert_eq!(*line, 2 + 2 * i as u64);
            assert_eq!(fields, &[i.to_string(), "x\r\ny".to_owned()]);
        }
        assert_eq!(content.1.len(), 30_000);
    }
}

#[test]
fn characters_of_many_bytes_hold_over_the_borders_of_chunks() {
    for pad in 0..4 {
        let text = format!("{}\n{}\n", "a".repeat(pad + 1), "é€😀".repeat(20_000));
        assert_eq!(rows(read(&text).unwrap()), [[text.lines().nth(1).unwrap()]]);
        assert_eq!(rows(read(utf16(&text, true)).unwrap()), [[text.lines().nth(1).unwrap()]]);
    }
}

#[test]
fn a_row_keeps_its_true_number_of_fields() {
    let content = read("a,b,c\n1,2\n1,2,3\n1,2,3,\n,\n1\n").unwrap();
    let widths: Vec<usize> = content.1.iter().map(|(_, fields)| fields.len()).collect();
    assert_eq!(widths, [2, 3, 4, 2, 1]);
}

#[test]
fn a_delimiter_at_the_end_of_the_header_is_a_column_without_a_name() {
    let content = read("a,b,\n1,2,\n").unwrap();
    assert_eq!(content.0, ["a", "b", "column 3"]);
    assert_eq!(content.1[0].1, ["1", "2", ""]);
    assert_eq!(read(" ,b\n").unwrap().0, ["column 1", "b"]);
}

#[test]
fn the_delimiter_is_found_announced_or_given() {
    let semicolons = read("Area;Value\nFife;1,5\n").unwrap();
    assert_eq!(semicolons.1[0].1, ["Fife", "1,5"]);
    assert_eq!(read("a\tb\n1\t2\n").unwrap().0, ["a", "b"]);
    assert_eq!(read("a|b\n1|2\n").unwrap().0, ["a", "b"]);
    // Excel announces its list separator; the line counts as a line.
    let announced = read("sep=;\r\na,b;c\r\n1;2\r\n").unwrap();
    assert_eq!(announced.0, ["a,b", "c"]);
    assert_eq!(lines(&announced), [3]);
    assert_eq!(read("SEP=^\na^b\n").unwrap().0, ["a", "b"]);
    assert_eq!(read("sep=;,b\n1,2\n").unwrap().0, ["sep=;", "b"], "this is a column name");
    let options = ReadOptions { delimiter: Some(b','), ..ReadOptions::default() };
    assert_eq!(read_with("a;b,c;d\n", &options).unwrap().0, ["a;b", "c;d"]);
    for delimiter in [b'"', b'\n', b'\r', 0, 200] {
        let options = ReadOptions { delimiter: Some(delimiter), ..ReadOptions::default() };
        assert!(
            matches!(refused(read_with("a,b\n", &options)).0, ReadProblem::Delimiter { .. }),
            "{delimiter}"
        );
    }
}

#[test]
fn quotes_within_a_field_that_is_not_quoted_are_text() {
    assert_eq!(rows(read("a,b\n5\" pipe,x\"y\"\n").unwrap()), [["5\" pipe", "x\"y\""]]);
    assert_eq!(rows(read("a,b\n\"\",\"\"\"\"\n").unwrap()), [["", "\""]]);
}

#[test]
fn a_quote_that_is_never_closed_does_not_swallow_the_rest_of_the_file() {
    let (problem, text) = refused(read("a,b\n1,2\n\n3,\"x\n4,5\n6,7\n"));
    assert!(matches!(problem, ReadProblem::OpenQuote { line: 4 }), "{text}");
    // The stray quote meets the next one, some lines on.
    let (problem, text) = refused(read("a,b\n\"5 pipe,2\n3,4\n5,\"x\"\n"));
    assert!(matches!(problem, ReadProblem::TextAfterQuote { line: 4, opened: 2, found: 'x' }), "{text}");
    let (problem, _) = refused(read("a,b\n\"x\" ,2\n"));
    assert!(matches!(problem, ReadProblem::TextAfterQuote { line: 2, opened: 2, found: ' ' }));
}

#[test]
fn a_title_above_the_header_is_passed_over_however_it_is_quoted() {
    let text = "Beds \"by\" area\r\n\"unclosed\r\n\r\nArea;Beds\r\nFife;3\r\n";
    let options = ReadOptions { header_row: Some(4), ..ReadOptions::default() };
    let content = read_with(text, &options).unwrap();
    assert_eq!(content.0, ["Area", "Beds"]);
    assert_eq!(lines(&content), [5]);
    for (header_row, beyond) in [(3, false), (6, true), (5000, true)] {
        let options = ReadOptions { header_row: Some(header_row), ..ReadOptions::default() };
        let (problem, text) = refused(read_with(text, &options));
        match problem {
            ReadProblem::HeaderBlank { header_row: 3, .. } if !beyond => {}
            ReadProblem::HeaderBeyondEnd { count: 5, .. } if beyond => {}
            _ => panic!("{header_row}: {text}"),
        }
    }
    let options = ReadOptions { header_row: Some(0), ..ReadOptions::default() };
    assert!(matches!(refused(read_with(text, &options)).0, ReadProblem::HeaderRowZero));
    let first = ReadOptions { header_row: Some(1), ..ReadOptions::default() };
    assert_eq!(read_with("a,b\n1,2\n", &first).unwrap(), read("a,b\n1,2\n").unwrap());
    // A file whose last line has no end has that line all the same.
    let last = ReadOptions { header_row: Some(2), ..ReadOptions::default() };
    assert_eq!(read_with("title\na,b", &last).unwrap().0, ["a", "b"]);
}

#[test]
fn encodings_are_those_asked_for_unless_the_file_is_marked() {
    let with = |name: &str| ReadOptions { encoding: Some(name.to_owned()), ..ReadOptions::default() };
    let latin = b"Area,Note\nF\xefe,caf\xe9 \x96\n";
    assert_eq!(rows(read_with(latin, &with("windows-1252")).unwrap()), [["Fïe", "café –"]]);
    assert_eq!(rows(read_with(latin, &with("Latin1")).unwrap()), [["Fïe", "café –"]]);
    assert_eq!(read_with("\u{feff}é,b\n", &with("windows-1252")).unwrap().0, ["é", "b"]);
    let unmarked = &utf16("é,b\n1,2\n", false)[2..];
    assert_eq!(read_with(unmarked, &with("utf-16le")).unwrap().0, ["é", "b"]);
    let (problem, text) = refused(read(unmarked_latin_text()));
    assert!(matches!(problem, ReadProblem::NotATable { .. }));
    assert!(text.contains("encoding = \"utf-16le\""), "{text}");
}

fn unmarked_latin_text() -> Vec<u8> {
    utf16("Area,Beds\nFife,1\n", false)[2..].to_vec()
}

#[test]
fn bytes_that_are_not_utf8_are_named_by_line_and_offset_with_the_way_out() {
    let (problem, text) = refused(read(b"Area,Note\r\nFife,x\r\nMoray,caf\xe9\r\n"));
    assert!(
        matches!(&problem, ReadProblem::Encoding { line: 3, offset: 28, bytes, encoding: "UTF-8", compressed: false } if bytes == b"\xe9"),
        "{problem:?}"
    );
    assert!(text.contains("encoding = \"windows-1252\"") && text.contains("0xE9"), "{text}");
    // A character cut off by the end of the file, and one that a field border divides.
    let (problem, _) = refused(read(b"a,b\n1,\xc3"));
    assert!(matches!(problem, ReadProblem::Encoding { line: 2, offset: 6, .. }), "{problem:?}");
    let (problem, _) = refused(read(b"a,b\n\xc3,\xa9\n"));
    assert!(matches!(problem, ReadProblem::Encoding { line: 2, offset: 4, .. }), "{problem:?}");
    // Far into the file, compressed: the offset is that of the unpacked text.
    let mut long = b"a\n".to_vec();
    for _ in 0..100_000 {
        long.extend(b"12345678\n");
    }
    long.extend(b"\xff\n");
    let (problem, _) = refused(read(gzip(&long)));
    assert!(
        matches!(problem, ReadProblem::Encoding { line: 100_002, offset: 900_002, compressed: true, .. }),
        "{problem:?}"
    );
}

#[test]
fn rows_before_the_damage_are_given_and_then_the_error() {
    let file = Fixture::new("cut.csv", b"a\n1\n2\n\xff\n");
    let mut rows = crate::read::open(&file.path, &ReadOptions::default()).unwrap();
    let mut row = crate::read::Row::new();
    assert!(rows.next(&mut row).unwrap());
    assert!(rows.next(&mut row).unwrap());
    assert_eq!((row.line(), row.field(0)), (3, "2"));
    assert!(rows.next(&mut row).is_err());
    assert!(!rows.next(&mut row).unwrap(), "after an error there is nothing more");
}

#[test]
fn a_field_that_is_not_there_is_told_from_one_that_is_blank() {
    let file = Fixture::new("short.csv", "a,b,c\n,2\n");
    let mut rows = crate::read::open(&file.path, &ReadOptions::default()).unwrap();
    let mut row = crate::read::Row::new();
    assert!(row.is_empty());
    assert!(rows.next(&mut row).unwrap());
    assert_eq!((row.len(), row.get(0), row.get(1), row.get(2)), (2, Some(""), Some("2"), None));
    assert_eq!(row.field(2), "");
}

fn table_of_text() -> impl Strategy<Value = Vec<Vec<String>>> {
    // Texts made of what is likely to be mistaken for structure.
    let field = proptest::collection::vec(
        prop_oneof![
            Just("\""),
            Just(","),
            Just(";"),
            Just("\t"),
            Just("|"),
            Just("\n"),
            Just("\r"),
            Just(" "),
            Just("é"),
            Just("😀"),
            Just("1"),
            Just("a"),
            Just("\u{feff}"),
            Just("sep=")
        ],
        0..6,
    )
    .prop_map(|pieces| pieces.concat());
    (1usize..6).prop_flat_map(move |width| {
        proptest::collection::vec(proptest::collection::vec(field.clone(), width), 0..12)
    })
}

proptest! {
    #[test]
    fn any_table_written_as_csv_reads_back_identically(
        table in table_of_text(),
        delimiter in prop_oneof![Just(b','), Just(b';'), Just(b'\t'), Just(b'|')],
        crlf in any::<bool>(),
        packing in 0..3,
    ) {
        let width = table.first().map_or(1, Vec::len);
        let header: Vec<String> = (0..width).map(|i| format!("h{i}")).collect();
        let terminator = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
        let mut writer = csv::WriterBuilder::new().delimiter(delimiter).terminator(terminator).from_writer(Vec::new());
        writer.write_record(&header).unwrap();
        for row in &table {
            writer.write_record(row).unwrap();
        }
        let written = writer.into_inner().unwrap();
        let bytes = match packing {
            0 => written.clone(),
            1 => gzip(&written),
            _ => utf16(std::str::from_utf8(&written).unwrap(), crlf),
        };
        let options = ReadOptions { delimiter: Some(delimiter), ..ReadOptions::default() };
        let content = read_with(&bytes, &options).unwrap();
        prop_assert_eq!(&content.0, &header);
        // The lines as a text editor counts them, up to the place where each record begins.
        let mut line = 1;
        let mut reader = csv::ReaderBuilder::new().has_headers(false).delimiter(delimiter).from_reader(&written[..]);
        for (i, record) in reader.records().enumerate() {
            let record = record.unwrap();
            if i > 0 {
                prop_assert_eq!(content.1[i - 1].0, line);
                prop_assert_eq!(record.iter().collect::<Vec<_>>(), content.1[i - 1].1.iter().map(String::as_str).collect::<Vec<_>>());
            }
            let within: usize = record.iter().map(|field| {
                let field = field.replace("\r\n", "\n");
                field.matches(['\n', '\r']).count()
            }).sum();
            line += 1 + within as u64;
        }
        prop_assert_eq!(rows(content), table);
    }

    #[test]
    fn no_bytes_whatever_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes);
    }

    #[test]
    fn no_text_whatever_makes_the_reader_panic(text in "[a,;\"\r\n\t|é= ]{0,200}") {
        let small = Limits { header: 40, record: 40, ..Limits::default() };
        let _ = read_within(&text, &ReadOptions::default(), &small);
        let _ = read_with(&text, &ReadOptions { header_row: Some(3), ..ReadOptions::default() });
    }
}
