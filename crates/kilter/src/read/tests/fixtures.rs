//! Files for the tests, in every format; the binary ones that no crate writes are put together by hand.

use std::io::{Cursor, Read, Write};
use std::path::PathBuf;

use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::read::{Limits, ReadError, ReadOptions, ReadProblem, Row, open_within};

/// A header and the rows with their lines.
pub(super) type Content = (Vec<String>, Vec<(u64, Vec<String>)>);

/// A folder with one file in it, gone when dropped.
pub(super) struct Fixture {
    folder: TempDir,
    pub(super) path: PathBuf,
}

impl Fixture {
    pub(super) fn new(name: &str, bytes: impl AsRef<[u8]>) -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        Self { folder, path }
    }

    pub(super) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }
}

/// Reads all of a file's bytes under the given options and limits.
pub(super) fn read_within(
    bytes: impl AsRef<[u8]>,
    options: &ReadOptions,
    limits: &Limits,
) -> Result<Content, ReadError> {
    // A name without an ending: only the content may decide.
    let file = Fixture::new("table", bytes);
    let mut rows = open_within(&file.path, options, limits)?;
    let mut row = Row::new();
    let mut all: Vec<(u64, Vec<String>)> = Vec::new();
    while rows.next(&mut row)? {
        let fields: Vec<String> = row.fields().map(str::to_owned).collect();
        let (repeated, line) = row.repeated();
        assert_eq!(line, all.last().map(|(line, _)| *line));
        let before = all.last().map_or(&[][..], |(_, fields)| &fields[..repeated]);
        assert_eq!(fields[..repeated], *before, "what is said to be as in the row before, is");
        for (i, field) in fields.iter().enumerate() {
            let is_read_back = |number: f64| field.parse::<f64>().map(f64::to_bits) == Ok(number.to_bits());
            assert!(row.number(i).is_none_or(is_read_back), "{:?} of {field}", row.number(i));
        }
        all.push((row.line(), fields));
    }
    assert_eq!(rows.bytes_read(), rows.bytes_total(), "a file read to its end is read whole");
    Ok((rows.header().to_vec(), all))
}

pub(super) fn read_with(bytes: impl AsRef<[u8]>, options: &ReadOptions) -> Result<Content, ReadError> {
    read_within(bytes, options, &Limits::default())
}

pub(super) fn read(bytes: impl AsRef<[u8]>) -> Result<Content, ReadError> {
    read_with(bytes, &ReadOptions::default())
}

/// The problem that reading must end with, and its whole sentence.
pub(super) fn refused(result: Result<Content, ReadError>) -> (ReadProblem, String) {
    let error = result.expect_err("the file must be refused");
    let text = error.to_string();
    (*error.into_problem(), text)
}

pub(super) fn rows(content: Content) -> Vec<Vec<String>> {
    content.1.into_iter().map(|(_, fields)| fields).collect()
}

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).unwrap()
}

pub(super) fn utf16(text: &str, big_endian: bool) -> Vec<u8> {
    std::iter::once('\u{feff}')
        .chain(text.chars())
        .collect::<String>()
        .encode_utf16()
        .flat_map(|unit| if big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() })
        .collect()
}

/// A ZIP archive of the given parts.
pub(super) fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// The parts of a ZIP archive, unpacked.
pub(super) fn parts(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(archive)).unwrap();
    (0..archive.len())
        .map(|i| {
            let mut part = archive.by_index(i).unwrap();
            let mut bytes = Vec::new();
            part.read_to_end(&mut bytes).unwrap();
            (part.name().unwrap().into_owned(), bytes)
        })
        .collect()
}

/// A cell of the fixtures that are put together by hand.
#[derive(Clone, Copy)]
pub(super) enum Value<'a> {
    Text(&'a str),
    Number(f64),
    Blank,
}

/// An .xlsx with one sheet "Data" whose `sheetData` is given.
pub(super) fn xlsx(sheet_data: &str, shared_strings: &str) -> Vec<u8> {
    xlsx_with("", sheet_data, shared_strings)
}

/// The same with properties of the workbook; the style 0 of its cells is a date.
pub(super) fn xlsx_with(properties: &str, sheet_data: &str, shared_strings: &str) -> Vec<u8> {
    const RELATIONSHIPS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let workbook = format!(
        "<workbook xmlns:r=\"{RELATIONSHIPS}\">{properties}<sheets><sheet name=\"Data\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
    );
    let links = format!(
        "<Relationships><Relationship Id=\"rId1\" Type=\"{RELATIONSHIPS}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
    );
    let package = format!(
        "<Relationships><Relationship Id=\"rId1\" Type=\"{RELATIONSHIPS}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
    );
    let sheet = format!("<worksheet><sheetData>{sheet_data}</sheetData></worksheet>");
    archive(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("_rels/.rels", package.as_bytes()),
        ("xl/workbook.xml", workbook.as_bytes()),
        ("xl/_rels/workbook.xml.rels", links.as_bytes()),
        ("xl/styles.xml", b"<styleSheet><cellXfs><xf numFmtId=\"14\"/></cellXfs></styleSheet>"),
        ("xl/sharedStrings.xml", shared_strings.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ])
}

/// An .ods whose one table holds the given rows.
pub(super) fn ods(table_rows: &str) -> Vec<u8> {
    ods_tables(&[("Data", "shown", table_rows)])
}

/// An .ods of tables, each with its name, its style ("shown" or "hidden") and its rows.
pub(super) fn ods_tables(tables: &[(&str, &str, &str)]) -> Vec<u8> {
    let mut content = String::from(
        "<?xml version=\"1.0\"?><office:document-content><office:automatic-styles>\
         <style:style style:name=\"shown\"><style:table-properties table:display=\"true\"/></style:style>\
         <style:style style:name=\"hidden\"><style:table-properties table:display=\"false\"/></style:style>\
         </office:automatic-styles><office:body><office:spreadsheet>",
    );
    for (name, style, rows) in tables {
        content.push_str(&format!(
            "<table:table table:name=\"{name}\" table:style-name=\"{style}\">{rows}</table:table>"
        ));
    }
    content.push_str("</office:spreadsheet></office:body></office:document-content>");
    archive(&[
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
        ("META-INF/manifest.xml", b"<manifest:manifest/>"),
        ("content.xml", content.as_bytes()),
    ])
}

pub(super) fn ods_rows(table: &[&[Value]]) -> String {
    let mut xml = String::new();
    for row in table {
        xml.push_str("<table:table-row>");
        for value in *row {
            xml.push_str(&match value {
                Value::Text(text) => format!(
                    "<table:table-cell office:value-type=\"string\"><text:p>{}</text:p></table:table-cell>",
                    text.replace('&', "&amp;").replace('<', "&lt;")
                ),
                Value::Number(number) => format!(
                    "<table:table-cell office:value-type=\"float\" office:value=\"{number}\"><text:p>{number:.1}</text:p></table:table-cell>"
                ),
                Value::Blank => "<table:table-cell/>".to_owned(),
            });
        }
        // As LibreOffice writes the rest of a row.
        xml.push_str("<table:table-cell table:number-columns-repeated=\"16370\"/></table:table-row>");
    }
    xml.push_str(
        "<table:table-row table:number-rows-repeated=\"1048000\"><table:table-cell table:number-columns-repeated=\"16384\"/></table:table-row>",
    );
    xml
}

/// An .xlsb with one sheet "Data".
pub(super) fn xlsb(table: &[&[Value]]) -> Vec<u8> {
    fn record(out: &mut Vec<u8>, kind: u16, data: &[u8]) {
        if kind < 0x80 {
            out.push(kind as u8);
        } else {
            out.extend([(kind & 0x7f) as u8 | 0x80, (kind >> 7) as u8]);
        }
        let mut length = data.len();
        while length >= 0x80 {
            out.push((length & 0x7f) as u8 | 0x80);
            length >>= 7;
        }
        out.push(length as u8);
        out.extend(data);
    }
    fn wide(text: &str) -> Vec<u8> {
        let units: Vec<u16> = text.encode_utf16().collect();
        let mut bytes = (units.len() as u32).to_le_bytes().to_vec();
        bytes.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
        bytes
    }
    let mut sheet = Vec::new();
    record(&mut sheet, 0x81, &[]);
    record(&mut sheet, 0x94, &[0; 16]);
    record(&mut sheet, 0x91, &[]);
    for (r, row) in table.iter().enumerate() {
        record(&mut sheet, 0x00, &(r as u32).to_le_bytes());
        for (c, value) in row.iter().enumerate() {
            let mut data = (c as u32).to_le_bytes().to_vec();
            data.extend([0; 4]);
            match value {
                Value::Text(text) => {
                    data.extend(wide(text));
                    record(&mut sheet, 0x06, &data);
                }
                Value::Number(number) => {
                    data.extend(number.to_le_bytes());
                    record(&mut sheet, 0x05, &data);
                }
                Value::Blank => record(&mut sheet, 0x01, &data),
            }
        }
    }
    record(&mut sheet, 0x92, &[]);
    let mut bundle = vec![0; 8];
    bundle.extend(wide("rId1"));
    bundle.extend(wide("Data"));
    let mut workbook = Vec::new();
    record(&mut workbook, 0x9c, &bundle);
    record(&mut workbook, 0x90, &[]);
    record(&mut workbook, 0x9d, &[]);
    archive(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("xl/workbook.bin", &workbook),
        (
            "xl/_rels/workbook.bin.rels",
            b"<Relationships><Relationship Id=\"rId1\" Target=\"worksheets/sheet1.bin\"/></Relationships>",
        ),
        ("xl/worksheets/sheet1.bin", &sheet),
    ])
}

fn biff(out: &mut Vec<u8>, kind: u16, data: &[u8]) {
    out.extend(kind.to_le_bytes());
    out.extend((data.len() as u16).to_le_bytes());
    out.extend(data);
}

/// The workbook stream of an .xls with one sheet "Data", whose extent can be made up.
pub(super) fn xls_stream(table: &[(u16, u16, Value)], extent: Option<[u32; 4]>) -> Vec<u8> {
    let mut begin = vec![0, 6, 5, 0];
    begin.extend([0; 12]);
    let mut stream = Vec::new();
    biff(&mut stream, 0x0809, &begin);
    biff(&mut stream, 0x0042, &1200u16.to_le_bytes());
    // The sheet comes right after this record of 16 bytes and the end of the globals.
    let sheet_at = stream.len() + 16 + 4;
    let mut bound = (sheet_at as u32).to_le_bytes().to_vec();
    bound.extend([0, 0, 4, 0]);
    bound.extend(b"Data");
    biff(&mut stream, 0x0085, &bound);
    biff(&mut stream, 0x000a, &[]);
    begin[2] = 0x10;
    biff(&mut stream, 0x0809, &begin);
    if let Some([first_row, end_row, first_column, end_column]) = extent {
        let mut data = first_row.to_le_bytes().to_vec();
        data.extend(end_row.to_le_bytes());
        data.extend((first_column as u16).to_le_bytes());
        data.extend((end_column as u16).to_le_bytes());
        data.extend([0; 2]);
        biff(&mut stream, 0x0200, &data);
    }
    for (row, column, value) in table {
        let mut data = row.to_le_bytes().to_vec();
        data.extend(column.to_le_bytes());
        data.extend([0; 2]);
        match value {
            Value::Text(text) => {
                let units: Vec<u16> = text.encode_utf16().collect();
                data.extend((units.len() as u16).to_le_bytes());
                data.push(1);
                data.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
                biff(&mut stream, 0x0204, &data);
            }
            Value::Number(number) => {
                data.extend(number.to_le_bytes());
                biff(&mut stream, 0x0203, &data);
            }
            Value::Blank => biff(&mut stream, 0x0201, &data),
        }
    }
    biff(&mut stream, 0x000a, &[]);
    stream
}

pub(super) fn cells<'a>(table: &[&[Value<'a>]]) -> Vec<(u16, u16, Value<'a>)> {
    let mut cells = Vec::new();
    for (r, row) in table.iter().enumerate() {
        for (c, value) in row.iter().enumerate() {
            cells.push((r as u16, c as u16, *value));
        }
    }
    cells
}

/// Where the sector table of [`compound`] says what follows the directory sector.
pub(super) const DIRECTORY_LINK: usize = 512 + 4;

/// An OLE compound file with one stream.
pub(super) fn compound(name: &str, stream: &[u8]) -> Vec<u8> {
    const END: u32 = 0xffff_fffe;
    const FREE: u32 = 0xffff_ffff;
    let mut stream = stream.to_vec();
    // Shorter streams would belong into the mini stream.
    stream.resize(stream.len().max(4096).next_multiple_of(512), 0);
    let sectors = (stream.len() / 512) as u32;
    assert!(sectors <= 126, "one table sector holds no more");

    let mut file = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    file.extend([0; 16]);
    for short in [0x3eu16, 3, 0xfffe, 9, 6, 0, 0, 0] {
        file.extend(short.to_le_bytes());
    }
    for long in [0u32, 1, 1, 0, 4096, END, 0, END, 0, 0] {
        file.extend(long.to_le_bytes());
    }
    file.resize(512, 0xff);
    // Sector 0, the table: itself, the directory, then the chain of the stream.
    let mut table = vec![0xffff_fffd, END];
    table.extend((0..sectors).map(|i| if i + 1 == sectors { END } else { i + 3 }));
    table.resize(128, FREE);
    file.extend(table.iter().flat_map(|link| link.to_le_bytes()));
    // Sector 1, the directory.
    for (name, kind, start, length) in
        [("Root Entry", 5u8, END, 0), (name, 2, 2, stream.len() as u32), ("", 0, 0, 0), ("", 0, 0, 0)]
    {
        let mut entry: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        entry.resize(64, 0);
        entry.extend((name.len() as u16 * 2 + 2).to_le_bytes());
        entry.extend([kind, 1]);
        entry.resize(116, 0xff);
        entry.extend(start.to_le_bytes());
        entry.extend(length.to_le_bytes());
        entry.extend([0; 4]);
        file.extend(entry);
    }
    file.extend(stream);
    file
}

pub(super) fn xls(table: &[&[Value]]) -> Vec<u8> {
    compound("Workbook", &xls_stream(&cells(table), None))
}

/// A Parquet file of the given columns.
pub(super) fn parquet(columns: Vec<(&str, arrow_array::ArrayRef)>) -> Vec<u8> {
    let columns = columns.into_iter().map(|(name, array)| (name, array, true));
    let batch = arrow_array::RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    parquet_batch(&batch)
}

pub(super) fn parquet_batch(batch: &arrow_array::RecordBatch) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
    bytes
}
