//! Every problem is told with what was found and what to do, and with the path.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use arrow_array::{ArrayRef, Int64Array, StringArray};
use proptest::prelude::*;

use super::fixtures::*;
use crate::read::{DuplicateColumn, ReadOptions, ReadProblem, not_opened, open};

fn problem_of(bytes: impl AsRef<[u8]>) -> (ReadProblem, String) {
    refused(read(bytes))
}

#[test]
fn a_missing_file_is_told_with_the_names_it_may_have_been_meant_for() {
    let file = Fixture::new("beds_quarterly_2023.csv", "a\n");
    std::fs::write(file.folder().join("readme.txt"), "x").unwrap();
    for wanted in ["beds_quarterly_2032.csv", "Beds_Quarterly_2023.CSV.gz", "beds_quarterly_2023.xlsx"] {
        let error = open(&file.folder().join(wanted), &ReadOptions::default()).unwrap_err();
        let ReadProblem::NotFound { similar } = error.problem() else { panic!("{error}") };
        assert_eq!(similar, &["beds_quarterly_2023.csv"], "{wanted}");
        assert!(error.to_string().contains("did you mean \"beds_quarterly_2023.csv\"?"), "{error}");
        assert!(error.to_string().contains(wanted));
    }
    let error = open(&file.folder().join("population.csv"), &ReadOptions::default()).unwrap_err();
    assert!(matches!(error.problem(), ReadProblem::NotFound { similar } if similar.is_empty()), "{error}");
    let error = open(&file.folder().join("none/population.csv"), &ReadOptions::default()).unwrap_err();
    assert!(
        matches!(error.problem(), ReadProblem::NoFolder { folder } if folder.ends_with("none")),
        "{error}"
    );
}

#[test]
fn folders_devices_and_locked_files_are_told_apart() {
    let file = Fixture::new("a.csv", "a\n");
    let error = open(file.folder(), &ReadOptions::default()).unwrap_err();
    assert!(matches!(error.problem(), ReadProblem::Folder), "{error}");
    // A test may run as a user to whom nothing is forbidden, so the error itself is given.
    let locked = not_opened(&file.path, std::io::ErrorKind::PermissionDenied.into());
    assert!(matches!(locked, ReadProblem::PermissionDenied));
    let other = not_opened(&file.path, std::io::ErrorKind::TimedOut.into());
    assert!(matches!(other, ReadProblem::Io(_)));
    #[cfg(unix)]
    assert!(matches!(
        open(Path::new("/dev/null"), &ReadOptions::default()).unwrap_err().problem(),
        ReadProblem::NotAFile
    ));
}

#[test]
fn an_empty_file_is_not_a_table_and_blank_lines_are_not_a_header() {
    assert!(matches!(problem_of(b"").0, ReadProblem::Empty));
    assert!(matches!(problem_of(gzip(b"")).0, ReadProblem::Empty));
    assert!(matches!(problem_of(b"\xef\xbb\xbf").0, ReadProblem::Empty));
    for blank in ["\n", "\r\n\r\n", "\u{feff}\n", "sep=;\n"] {
        assert!(matches!(problem_of(blank).0, ReadProblem::NoHeader { .. }), "{blank:?}");
    }
    let mut workbook = rust_xlsxwriter::Workbook::new();
    workbook.add_worksheet().set_name("Data").unwrap();
    let (problem, text) = problem_of(workbook.save_to_buffer().unwrap());
    assert!(matches!(problem, ReadProblem::NoHeader { .. }));
    assert!(text.contains("the sheet \"Data\" holds nothing but blank rows"), "{text}");
}

#[test]
fn what_is_not_a_table_is_called_by_its_name() {
    let mut tar = vec![b'x'; 512];
    tar[257..262].copy_from_slice(b"ustar");
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("PDF", b"%PDF-1.7\n%\xe2\xe3".to_vec()),
        ("PNG", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec()),
        ("JPEG", b"\xff\xd8\xff\xe0\0\x10JFIF".to_vec()),
        ("HTML", b"\n  <!DOCTYPE html><html><body>Sign in</body></html>".to_vec()),
        ("HTML", b"\xef\xbb\xbf<HTML><table>".to_vec()),
        ("XML", b"<?xml version=\"1.0\"?><data/>".to_vec()),
        ("JSON", b"{\n \"success\": true}".to_vec()),
        ("JSON", b"[{\"a\": 1}]".to_vec()),
        ("R data", gzip(b"X\n\0\0\0\x03\0\x04")),
        ("R data", b"RDX3\nX\n".to_vec()),
        ("tar", gzip(&tar)),
        ("bzip2", b"BZh91AY&SY\x01\x02".to_vec()),
        ("xz", b"\xfd7zXZ\0\0\x04".to_vec()),
        ("SPSS", b"$FL2@(#) SPSS DATA FILE".to_vec()),
        ("SQLite", b"SQLite format 3\0\x10\0".to_vec()),
        ("Feather", b"ARROW1\0\0\xff\xff".to_vec()),
        ("Git LFS", b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n".to_vec()),
        ("binary data", b"ab\0\0\x01\x02cd,ef\n".to_vec()),
        ("another packed file", gzip(&gzip(b"a,b\n"))),
        ("another packed file", gzip(&parquet(vec![("a", Arc::new(Int64Array::from(vec![1])) as ArrayRef)]))),
        ("Word", archive(&[("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<w:document/>")])),
        ("Word", compound("WordDocument", b"")),
        ("PowerPoint", archive(&[("ppt/presentation.xml", b"<p/>")])),
        ("PowerPoint", compound("PowerPoint Document", b"")),
        ("without a workbook", compound("__substg1.0_0037001F", b"")),
        ("holds beds.csv, readme.txt", archive(&[("beds.csv", b"a,b\n"), ("readme.txt", b"x")])),
        ("It is empty", archive(&[])),
        ("Word", archive(&[("mimetype", b"application/vnd.oasis.opendocument.text")])),
    ];
    for (expected, bytes) in cases {
        let (problem, text) = problem_of(&bytes);
        assert!(matches!(problem, ReadProblem::NotATable { .. }), "{expected}: {text}");
        assert!(text.contains(expected), "{expected}: {text}");
        assert!(text.contains("table: ") && text.ends_with('.'), "{text}");
    }
}

#[test]
fn a_workbook_with_a_password_is_told_from_a_damaged_one() {
    assert!(matches!(problem_of(compound("EncryptedPackage", b"x")).0, ReadProblem::Protected));
    let encrypted = archive(&[
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
        ("META-INF/manifest.xml", b"<manifest:manifest><manifest:file-entry><manifest:encryption-data/>"),
        ("content.xml", b"\x01\x02\x03"),
    ]);
    assert!(matches!(problem_of(encrypted).0, ReadProblem::Protected));
    let mut stream = xls_stream(&cells(&[&[Value::Text("a")]]), None);
    // After the first record (20 bytes) comes the one that announces encryption.
    let pass = [0x2f, 0, 2, 0, 1, 0];
    stream.splice(20..20, pass);
    assert!(matches!(problem_of(compound("Workbook", &stream)).0, ReadProblem::Protected));
}

#[test]
fn all_duplicate_column_names_are_listed() {
    let (problem, text) = problem_of("b,a,c,a,b,a\n1,2,3,4,5,6\n");
    let ReadProblem::DuplicateColumns(duplicates) = problem else { panic!("{text}") };
    assert_eq!(
        duplicates,
        [
            DuplicateColumn { name: "b".to_owned(), columns: vec![1, 5] },
            DuplicateColumn { name: "a".to_owned(), columns: vec![2, 4, 6] }
        ]
    );
    assert!(text.contains("\"b\" stands in columns 1, 5; \"a\" stands in columns 2, 4, 6"), "{text}");
    // Columns without a name are different columns; names differ by case.
    assert_eq!(read(",,a,A\n").unwrap().0, ["column 1", "column 2", "a", "A"]);
}

#[test]
fn an_unknown_encoding_is_told_with_some_that_are_known() {
    let with = |name: &str| ReadOptions { encoding: Some(name.to_owned()), ..ReadOptions::default() };
    for name in ["windows1252x", "", "hz-gb-2312"] {
        let (problem, text) = refused(read_with("a\n", &with(name)));
        assert!(matches!(problem, ReadProblem::UnknownEncoding { .. }), "{name}");
        assert!(text.contains("windows-1252"), "{text}");
    }
    assert!(read_with("a\n", &with("UTF-8")).is_ok());
    // Every encoding that the sentence names must be one.
    for name in ["utf-8", "windows-1252", "iso-8859-1", "iso-8859-15", "utf-16le", "utf-16be", "macintosh"] {
        assert!(encoding_rs::Encoding::for_label_no_replacement(name.as_bytes()).is_some(), "{name}");
    }
}

#[test]
fn a_header_row_beyond_the_sheet_is_told_with_the_rows_there_are() {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    workbook.add_worksheet().write_string(0, 0, "title").unwrap().write_string(4, 0, "a").unwrap();
    let bytes = workbook.save_to_buffer().unwrap();
    let at = |header_row| {
        read_with(&bytes, &ReadOptions { header_row: Some(header_row), ..ReadOptions::default() })
    };
    assert_eq!(at(5).unwrap().0, ["a"]);
    assert!(matches!(refused(at(6)).0, ReadProblem::HeaderBeyondEnd { count: 5, .. }));
    assert!(matches!(refused(at(3)).0, ReadProblem::HeaderBlank { .. }));
    assert!(matches!(refused(at(0)).0, ReadProblem::HeaderRowZero));
}

#[test]
fn a_packed_text_that_is_cut_or_changed_is_damaged() {
    let mut text = String::from("a,b\n");
    for i in 0..50_000 {
        text.push_str(&format!("{i},{}\n", i * 7919 % 1000));
    }
    for (what, bytes) in [("gzip", gzip(text.as_bytes())), ("zstd", zstd(text.as_bytes()))] {
        assert!(read(&bytes).is_ok());
        for cut in [bytes.len() - 1, bytes.len() / 2, 20] {
            let (problem, sentence) = problem_of(&bytes[..cut]);
            assert!(matches!(problem, ReadProblem::Damaged { .. }), "{what} cut at {cut}: {sentence}");
        }
    }
    // A changed byte in the middle of a gzip file: the check sum tells, or the text already does.
    let mut changed = gzip(text.as_bytes());
    let middle = changed.len() / 2;
    changed[middle] ^= 0x10;
    assert!(read(&changed).is_err());
}

/// One small file of every format.
static SOUND_FILES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let table: &[&[Value]] = &[
        &[Value::Text("a"), Value::Text("b")],
        &[Value::Number(1.0), Value::Text("x")],
        &[Value::Blank, Value::Number(2.5)],
    ];
    let mut workbook = rust_xlsxwriter::Workbook::new();
    workbook.add_worksheet().write_row(0, 0, ["a", "b"]).unwrap().write_number(1, 0, 1.0).unwrap();
    vec![
        workbook.save_to_buffer().unwrap(),
        xlsb(table),
        xls(table),
        ods(&ods_rows(table)),
        parquet(vec![
            ("a", Arc::new(Int64Array::from(vec![1, 2, 3])) as ArrayRef),
            ("b", Arc::new(StringArray::from(vec!["x", "y", "a longer text than twelve"]))),
        ]),
        gzip(b"a,b\n1,2\n"),
        zstd(b"a,b\n1,2\n"),
    ]
});

#[test]
fn workbooks_and_parquet_files_that_are_cut_are_refused() {
    for bytes in &SOUND_FILES[..5] {
        assert!(read(bytes).is_ok());
        for cut in [bytes.len() / 2, bytes.len() - 8] {
            // The last sector of an .xls is padding: without some of it nothing is lost.
            if bytes.starts_with(b"\xd0\xcf") && cut == bytes.len() - 8 {
                continue;
            }
            let (problem, text) = problem_of(&bytes[..cut]);
            assert!(matches!(problem, ReadProblem::Damaged { .. } | ReadProblem::NotATable { .. }), "{text}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn damage_anywhere_is_an_error_or_a_table_but_never_a_panic(
        which in 0usize..7,
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = SOUND_FILES[which].clone();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Err(error) = read(&bytes) {
            prop_assert!(error.to_string().len() > 20);
        }
    }
    #[test]
    fn damage_within_the_parts_of_a_workbook_is_never_a_panic(
        which in 0usize..4,
        part in any::<prop::sample::Index>(),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let sound = [0, 1, 3].map(|i| &SOUND_FILES[i]);
        // An .xls has no check sums: its one part is the stream.
        let Some(bytes) = sound.get(which) else {
            let mut stream = xls_stream(&cells(&[&[Value::Text("a")], &[Value::Number(1.5)]]), Some([0, 2, 0, 1]));
            for (at, byte) in damage {
                let at = at.index(stream.len());
                stream[at] = byte;
            }
            let _ = read(compound("Workbook", &stream));
            return Ok(());
        };
        let mut parts = parts(bytes);
        let chosen = part.index(parts.len());
        for (at, byte) in damage {
            if !parts[chosen].1.is_empty() {
                let at = at.index(parts[chosen].1.len());
                parts[chosen].1[at] = byte;
            }
        }
        let parts: Vec<(&str, &[u8])> = parts.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        let _ = read(archive(&parts));
    }
}
