//! One table of an OpenDocument spreadsheet (.ods) becomes text.
//!
//! Read here and not by calamine: its reader waits for ever where a table is not closed, and loads every
//! table with all its repeats, of which one short element can stand for millions of cells.

use std::collections::HashSet;
use std::io::{BufReader, Read};

use quick_xml::Reader;
use quick_xml::escape::{resolve_xml_entity, unescape};
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::error::ReadProblem;
use super::sheet::Sheet;
use super::{Limits, number};

/// Reads the table that was asked for, or the first that is shown.
pub(super) fn read(content: impl Read, wanted: Option<&str>, limits: &Limits) -> Result<Sheet, ReadProblem> {
    let mut document = Document { xml: Reader::from_reader(BufReader::new(content)), buffer: Vec::new() };
    // Every element is closed by an event of its own, so that there is one way out of each.
    document.xml.config_mut().expand_empty_elements = true;
    let mut hidden_styles = HashSet::new();
    let mut style = None;
    let mut names = Vec::new();
    let mut first_hidden = None;
    loop {
        match document.next()? {
            Event::Start(start) => match start.name().0 {
                "style:style" => style = attribute(&start, "style:name")?,
                "style:table-properties" => {
                    let display = attribute(&start, "table:display")?;
                    hidden_styles.extend(style.take().filter(|_| display.as_deref() == Some("false")));
                }
                "table:table" => {
                    let name = attribute(&start, "table:name")?.unwrap_or_default();
                    let hidden = attribute(&start, "table:style-name")?
                        .is_some_and(|style| hidden_styles.contains(&style));
                    let chosen = wanted.map_or(!hidden, |wanted| wanted == name);
                    if chosen {
                        return document.table(&name, limits);
                    }
                    if wanted.is_none() && first_hidden.is_none() {
                        first_hidden = Some(document.table(&name, limits)?);
                    } else {
                        document.skip("table:table")?;
                    }
                    names.push(name);
                }
                _ => {}
            },
            Event::Eof => break,
            _ => {}
        }
    }
    match (wanted, first_hidden) {
        (Some(wanted), _) => Err(ReadProblem::NoSuchSheet { wanted: wanted.to_owned(), sheets: names }),
        (None, Some(sheet)) => Ok(sheet),
        (None, None) => Err(ReadProblem::NoSheet),
    }
}

fn damaged(error: impl std::fmt::Display) -> ReadProblem {
    ReadProblem::Damaged { what: "workbook (.ods)", detail: error.to_string() }
}

fn attribute(start: &BytesStart<'_>, name: &str) -> Result<Option<String>, ReadProblem> {
    match start.try_get_attribute(name).map_err(damaged)? {
        None => Ok(None),
        Some(found) => Ok(Some(unescape(&found.value).map_err(damaged)?.into_owned())),
    }
}

/// How often a row, a cell or a blank is repeated.
fn repeats(start: &BytesStart<'_>, name: &str) -> Result<u32, ReadProblem> {
    match attribute(start, name)? {
        None => Ok(1),
        Some(text) => text.parse().map_err(|_| damaged(format!("{name} is \"{text}\""))),
    }
}

/// The cells of one row, before it is repeated.
#[derive(Default)]
struct Cells {
    /// The columns from one to before the other, and the end of their text.
    places: Vec<(u32, u32, usize)>,
    text: String,
}

struct Document<R: Read> {
    xml: Reader<BufReader<R>>,
    buffer: Vec<u8>,
}

impl<R: Read> Document<R> {
    fn next(&mut self) -> Result<Event<'_>, ReadProblem> {
        self.buffer.clear();
        self.xml.read_event_into(&mut self.buffer).map_err(damaged)
    }

    /// The next event within an element, where the document may not end.
    fn next_within(&mut self) -> Result<Event<'_>, ReadProblem> {
        match self.next()? {
            Event::Eof => Err(damaged("the document ends within an element")),
            event => Ok(event),
        }
    }

    /// Passes over the rest of an element.
    fn skip(&mut self, name: &str) -> Result<(), ReadProblem> {
        let mut depth = 1u64;
        while depth > 0 {
            match self.next_within()? {
                Event::Start(start) if start.name().0 == name => depth += 1,
                Event::End(end) if end.name().0 == name => depth -= 1,
                _ => {}
            }
        }
        Ok(())
    }

    fn table(&mut self, name: &str, limits: &Limits) -> Result<Sheet, ReadProblem> {
        let mut sheet = Sheet::new(name, limits);
        let mut cells = Cells::default();
        let mut row = 0u32;
        loop {
            let other = match self.next_within()? {
                Event::Start(start) => match start.name().0 {
                    "table:table-row" => {
                        let times = repeats(&start, "table:number-rows-repeated")?;
                        self.row(&mut cells, limits)?;
                        if !cells.places.is_empty() {
                            for row in row..row.saturating_add(times) {
                                push_row(&mut sheet, row, &cells)?;
                            }
                        }
                        row = row.saturating_add(times);
                        continue;
                    }
                    // These only group rows.
                    "table:table-rows" | "table:table-header-rows" | "table:table-row-group" => continue,
                    other => other.to_owned(),
                },
                Event::End(end) if end.name().0 == "table:table" => return Ok(sheet),
                _ => continue,
            };
            self.skip(&other)?;
        }
    }

    fn row(&mut self, cells: &mut Cells, limits: &Limits) -> Result<(), ReadProblem> {
        cells.places.clear();
        cells.text.clear();
        let mut column = 0u32;
        loop {
            let other = match self.next_within()? {
                Event::Start(start) => match start.name().0 {
                    name @ ("table:table-cell" | "table:covered-table-cell") => {
                        let name = name.to_owned();
                        let times = repeats(&start, "table:number-columns-repeated")?;
                        let value = stored_value(&start)?;
                        let before = cells.text.len();
                        let shown = value.is_none().then_some(&mut cells.text);
                        self.paragraphs(&name, shown, limits.record)?;
                        if let Some(value) = value {
                            cells.text.push_str(&value);
                        }
                        let end = column.saturating_add(times);
                        if cells.text.len() > before {
                            cells.places.push((column, end, cells.text.len()));
                        }
                        column = end;
                        continue;
                    }
                    other => other.to_owned(),
                },
                Event::End(end) if end.name().0 == "table:table-row" => return Ok(()),
                _ => continue,
            };
            self.skip(&other)?;
        }
    }

    /// Reads a cell to its end and appends its paragraphs to `out`, if there is one to append to.
    fn paragraphs(
        &mut self,
        cell: &str,
        mut out: Option<&mut String>,
        limit: usize,
    ) -> Result<(), ReadProblem> {
        let mut paragraphs = 0u64;
        let mut within = 0u64;
        let start_length = out.as_ref().map_or(0, |out| out.len());
        loop {
            let mut nothing = String::new();
            let out = out.as_deref_mut().unwrap_or(&mut nothing);
            if out.len() - start_length.min(out.len()) > limit {
                return Err(damaged(format!("the text of a cell is longer than {limit} bytes")));
            }
            let other = match self.next_within()? {
                Event::Start(start) => match start.name().0 {
                    "text:p" | "text:h" => {
                        if paragraphs > 0 {
                            out.push('\n');
                        }
                        paragraphs += 1;
                        within += 1;
                        continue;
                    }
                    "text:s" => {
                        let times = repeats(&start, "text:c")? as usize;
                        out.extend(std::iter::repeat_n(' ', times.min(limit + 1)));
                        continue;
                    }
                    "text:tab" => {
                        out.push('\t');
                        continue;
                    }
                    "text:line-break" => {
                        out.push('\n');
                        continue;
                    }
                    "text:span" | "text:a" | "text:list" | "text:list-item" => continue,
                    // Comments, drawings and tables within a cell are not its value.
                    other => other.to_owned(),
                },
                Event::Text(text) => {
                    if within > 0 {
                        out.push_str(&text.xml10_content());
                    }
                    continue;
                }
                Event::CData(text) => {
                    if within > 0 {
                        out.push_str(&text.xml10_content());
                    }
                    continue;
                }
                Event::GeneralRef(reference) => {
                    if within > 0 {
                        push_reference(&reference, out)?;
                    }
                    continue;
                }
                Event::End(end) if end.name().0 == cell => return Ok(()),
                Event::End(end) => {
                    if matches!(end.name().0, "text:p" | "text:h") {
                        within = within.saturating_sub(1);
                    }
                    continue;
                }
                _ => continue,
            };
            self.skip(&other)?;
        }
    }
}

fn push_row(sheet: &mut Sheet, row: u32, cells: &Cells) -> Result<(), ReadProblem> {
    let mut start = 0;
    for (first, end, text_end) in &cells.places {
        let text = &cells.text[start..*text_end];
        start = *text_end;
        for column in *first..*end {
            sheet.push(row, column, |out| out.push_str(text))?;
        }
    }
    Ok(())
}

/// The value that the cell's attributes hold; `None` where its value is the text that is shown.
fn stored_value(start: &BytesStart<'_>) -> Result<Option<String>, ReadProblem> {
    // LibreOffice marks an error by a type of its own beside an empty text or a zero.
    if attribute(start, "calcext:value-type")?.as_deref() == Some("error") {
        return Ok(None);
    }
    let Some(kind) = attribute(start, "office:value-type")? else { return Ok(Some(String::new())) };
    let mut value = String::new();
    match kind.as_str() {
        "float" | "percentage" | "currency" => {
            let text = attribute(start, "office:value")?.unwrap_or_default();
            let parsed: f64 =
                text.parse().map_err(|_| damaged(format!("the number of a cell is \"{text}\"")))?;
            number::float(parsed, &mut value);
        }
        "date" => number::iso(&attribute(start, "office:date-value")?.unwrap_or_default(), &mut value),
        "time" => value = attribute(start, "office:time-value")?.unwrap_or_default(),
        "boolean" => value = attribute(start, "office:boolean-value")?.unwrap_or_default(),
        "string" => return attribute(start, "office:string-value"),
        _ => return Ok(None),
    }
    Ok(Some(value))
}

fn push_reference(reference: &BytesRef<'_>, out: &mut String) -> Result<(), ReadProblem> {
    let name = reference.xml10_content();
    if let Some(text) = resolve_xml_entity(&name) {
        out.push_str(text);
        return Ok(());
    }
    match reference.resolve_char_ref().map_err(damaged)? {
        Some(character) => out.push(character),
        None => return Err(damaged(format!("it holds the unknown reference &{name};"))),
    }
    Ok(())
}
