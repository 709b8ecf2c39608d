//! A scorecard as text for a terminal of any width, with or without colours.
//!
//! Whether there is a terminal, how wide it is and whether it shows colours is for the caller to say:
//! nothing here asks the environment.

use super::words::{self, INVENTED, LineWords, TrendWords};
use super::{Context, homes};
use comfy_table::{
    Attribute, Cell, Color, ColumnConstraint, ContentArrangement, Table, TableStyle, Width, presets,
};
use kilter_core::scorecard::{Counts, Scorecard};
use kilter_core::target::{Colour, Status};

/// The narrowest page; narrower ones are asked for in vain.
const LEAST: u16 = 32;
/// From this width on, lines stand in tables; below it, one fact under the other.
const TABLES: u16 = 76;
/// From this width on, the columns are broad and the period has one of its own.
const BROAD: u16 = 104;

/// The scorecard as text. With a `width` no line is longer than it (32 columns at the least) and long
/// texts are wrapped; with `None` nothing is. With `colour` statuses are coloured, besides their shape
/// and word; without, the text holds no escape codes.
#[must_use]
pub fn terminal(card: &Scorecard<'_>, context: &Context<'_>, width: Option<u16>, colour: bool) -> String {
    let mut page = Page { text: String::new(), width: width.map(|width| width.max(LEAST)), colour };
    let words: Vec<LineWords<'_>> = card.lines.iter().map(LineWords::new).collect();
    let homes = homes(card);
    let place = |line: usize| match homes[line] {
        Some(home) => words::label(card.outcomes[home].outcome),
        None => "indicators that count for no outcome".to_owned(),
    };

    page.paragraph(0, &format!("{} ({})", words::title(context), card.area), Some(Attribute::Bold), None);
    page.paragraph(0, &words::plain(context.framework.title()), None, None);
    page.paragraph(0, &format!("{}; {}", words::periods(card), words::plain(&context.as_at)), None, None);
    if let Some(day) = context.generated {
        page.paragraph(0, &format!("Report made on {day}"), None, None);
    }
    if context.framework.is_invented() {
        page.paragraph(0, INVENTED, Some(Attribute::Bold), Some(Color::DarkRed));
    }

    for (here, roll) in card.outcomes.iter().enumerate().filter(|(_, roll)| !roll.primary.is_empty()) {
        page.gap();
        page.heading(context, &words::label(roll.outcome));
        page.roll(roll.counts);
        let (full, elsewhere): (Vec<usize>, Vec<usize>) =
            roll.primary.iter().partition(|&&line| homes[line] == Some(here));
        page.lines(full.into_iter().map(|line| &words[line]));
        for line in elsewhere {
            page.reference("Counts here too", &words[line], &place(line));
        }
        for &line in &roll.noted {
            page.reference("Also noted", &words[line], &place(line));
        }
    }
    if !card.unlinked.is_empty() {
        page.gap();
        page.heading(context, "Indicators that count for no outcome");
        page.lines(card.unlinked.iter().map(|&line| &words[line]));
    }
    if card.lines.is_empty() {
        page.gap();
        page.paragraph(0, "No indicators in this scorecard.", None, None);
    }
    if card.gaps().next().is_some() {
        page.gap();
        page.heading(context, "Outcomes without indicators");
        for roll in card.outcomes.iter().filter(|roll| roll.primary.is_empty()) {
            page.paragraph(2, &words::label(roll.outcome), None, None);
            for &line in &roll.noted {
                page.reference("Also noted", &words[line], &place(line));
            }
        }
    }

    page.gap();
    page.heading(context, "Overall");
    let total = words::indicators(card.lines.len());
    page.paragraph(0, &format!("{total}: {}", words::counts(card.counts)), None, None);
    page.gap();
    page.key(!card.lines.is_empty());
    page.text
}

struct Page {
    text: String,
    width: Option<u16>,
    colour: bool,
}

impl Page {
    /// An empty table that asks the environment for nothing.
    fn table(&self, style: TableStyle) -> Table {
        let mut table = Table::new();
        table.load_style(style).force_no_tty();
        if self.colour {
            table.enforce_styling();
            table.style_text_only();
        }
        match self.width {
            Some(width) => {
                table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
            }
            None => {
                table.set_content_arrangement(ContentArrangement::Disabled);
            }
        }
        table
    }

    fn put(&mut self, table: &Table) {
        self.text.push_str(&table.trim_fmt());
        self.text.push('\n');
    }

    fn gap(&mut self) {
        self.text.push('\n');
    }

    /// A wrapped paragraph, set in by so many columns.
    fn paragraph(&mut self, indent: u16, text: &str, attribute: Option<Attribute>, colour: Option<Color>) {
        let mut table = self.table(presets::NOTHING);
        table.add_row([self.cell(text, attribute, colour)]);
        if let Some(column) = table.column_mut(0) {
            column.set_padding((indent, 0));
        }
        self.put(&table);
    }

    fn cell(&self, text: &str, attribute: Option<Attribute>, colour: Option<Color>) -> Cell {
        let mut cell = Cell::new(text);
        if self.colour {
            if let Some(attribute) = attribute {
                cell = cell.add_attribute(attribute);
            }
            if let Some(colour) = colour {
                cell = cell.fg(colour);
            }
        }
        cell
    }

    fn heading(&mut self, context: &Context<'_>, text: &str) {
        let warning = if context.framework.is_invented() { " (invented data)" } else { "" };
        self.paragraph(0, &format!("{text}{warning}"), Some(Attribute::Bold), None);
    }

    /// The colour of an outcome and the counts it comes from.
    fn roll(&mut self, counts: Counts) {
        let symbol = words::rolled_symbol(counts);
        let text = match counts.worst() {
            Some(colour) => format!("{symbol} {colour}: {}", words::counts(counts)),
            None => format!("{symbol} {}", words::counts(counts)),
        };
        self.paragraph(0, &text, None, counts.worst().map(paint));
    }

    /// One line for an indicator that stands in full elsewhere.
    fn reference(&mut self, what: &str, line: &LineWords<'_>, place: &str) {
        let (symbol, status) = (words::symbol(line.status), words::status(line.status));
        let text = format!("{what}: {} {}: {symbol} {status}; see {place}", line.id, line.title);
        self.paragraph(2, &text, None, line.status.colour().map(paint));
    }

    fn lines<'w>(&mut self, lines: impl Iterator<Item = &'w LineWords<'w>>) {
        let mut lines = lines.peekable();
        if lines.peek().is_none() {
            return;
        }
        match self.width {
            Some(width) if width < TABLES => lines.for_each(|line| self.stacked(line)),
            width => {
                let broad = width.is_none_or(|width| width >= BROAD);
                self.tabled(lines, broad);
            }
        }
    }

    /// A table, one row a line.
    fn tabled<'w>(&mut self, lines: impl Iterator<Item = &'w LineWords<'w>>, broad: bool) {
        let mut table = self.table(presets::UTF8_HORIZONTAL_ONLY);
        let bold = |text| self.cell(text, Some(Attribute::Bold), None);
        let mut header = vec![bold("Indicator")];
        header.extend(broad.then(|| bold("Period")));
        let value = if broad { "Value" } else { "Value\nand period" };
        header.extend([value, "Target", "Status", "Trend"].map(bold));
        table.set_header(header);
        for line in lines {
            let mut name = format!("{}\n{}", line.id, line.title);
            if !line.marks.is_empty() {
                name += &format!("\nMarks: {}", line.marks.join(", "));
            }
            let mut target = line.target.clone();
            if let Some(tolerance) = &line.tolerance {
                target += &format!("\n{tolerance}");
            }
            let mut row = vec![Cell::new(name)];
            if broad {
                row.extend([Cell::new(&line.period), Cell::new(&line.value)]);
            } else {
                row.push(Cell::new(format!("{}\n{}", line.value, line.period)));
            }
            row.push(Cell::new(target));
            row.push(self.cell(&standing(line.status), None, line.status.colour().map(paint)));
            row.push(Cell::new(format!(
                "{}\n{}",
                direction("short", &line.short_trend),
                direction("long ", &line.long_trend)
            )));
            table.add_row(row);
        }
        // The status keeps "not assessed:" on one line, the trend "short ↑ better"; padding is included.
        let widths: &[u16] = if broad { &[16, 18, 18, 18, 16] } else { &[13, 13, 16, 15] };
        if self.width.is_some() {
            for (column, width) in table.column_iter_mut().skip(1).zip(widths) {
                column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(*width)));
            }
        }
        for column in table.column_iter_mut() {
            column.set_padding((0, 1));
        }
        self.put(&table);
    }

    /// One fact under the other, where there is no room for a table.
    fn stacked(&mut self, line: &LineWords<'_>) {
        self.paragraph(0, &format!("{} {}", line.id, line.title), Some(Attribute::Bold), None);
        let status = format!("{} {}", words::symbol(line.status), words::status(line.status));
        self.paragraph(2, &status, None, line.status.colour().map(paint));
        self.paragraph(2, &format!("value: {} ({})", line.value, line.period), None, None);
        let tolerance = line.tolerance.as_ref().map_or_else(String::new, |text| format!(", {text}"));
        self.paragraph(2, &format!("target: {}{tolerance}", line.target), None, None);
        for (name, trend) in [("short", &line.short_trend), ("long", &line.long_trend)] {
            self.paragraph(2, &format!("{name} trend: {} {}", trend.arrow, trend.word), None, None);
        }
        if !line.marks.is_empty() {
            self.paragraph(2, &format!("marks: {}", line.marks.join(", ")), None, None);
        }
    }

    fn key(&mut self, trends: bool) {
        self.paragraph(0, "Key", Some(Attribute::Bold), None);
        for (colour, meaning) in [
            (Some(Colour::Green), "green: target met or exceeded"),
            (Some(Colour::Amber), "amber: target missed, within tolerance"),
            (Some(Colour::Red), "red: target missed, outside tolerance"),
            (None, "not assessed: no colour, for the reason given"),
        ] {
            let symbol = colour.map_or('–', |colour| words::symbol(Status::Assessed(colour)));
            self.paragraph(2, &format!("{symbol} {meaning}"), None, colour.map(paint));
        }
        self.paragraph(2, "An outcome has the worst colour of the indicators that count for it.", None, None);
        if trends {
            self.paragraph(
                2,
                "Trend: the arrow is the way the value moved, the word says whether that is better. Short: \
                 against the value before. Long: against the mean of up to four values before.",
                None,
                None,
            );
        }
    }
}

fn standing(status: Status) -> String {
    match status.reason() {
        Some(reason) => format!("{} {status}:\n{reason}", words::symbol(status)),
        None => format!("{} {status}", words::symbol(status)),
    }
}

fn direction(name: &str, trend: &TrendWords) -> String {
    format!("{name} {} {}", trend.arrow, trend.word)
}

/// The plain colours of the terminal's own palette, which it keeps readable on its ground.
fn paint(colour: Colour) -> Color {
    match colour {
        Colour::Green => Color::DarkGreen,
        Colour::Amber => Color::DarkYellow,
        Colour::Red => Color::DarkRed,
    }
}
