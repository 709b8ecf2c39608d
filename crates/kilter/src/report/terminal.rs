//! A scorecard as text for a terminal of any width, with or without colours.
//!
//! Whether there is a terminal, how wide it is and whether it shows colours is for the caller to say:
//! nothing here asks the environment.

use super::Context;
use super::key;
use super::rolling::{self, Judged};
use super::sections::{References, Section, by_status};
use super::words::{self, INVENTED, LineWords, Name};
use comfy_table::{Attribute, Cell, Color, ColumnConstraint, ContentArrangement, Table, Width, presets};
use kilter_core::evaluate::{NoTrend, Trend};
use kilter_core::framework::{Framework, ManualRule};
use kilter_core::scorecard::{Rolled, Scorecard};
use kilter_core::series::Marks;
use kilter_core::target::{Colour, NotAssessed, Status};

/// The narrowest page; narrower ones are asked for in vain.
const LEAST: u16 = 32;
/// From this width on, lines stand in tables; below it, one fact under the other.
const TABLES: u16 = 76;
/// From this width on, value and target, and status and trend, have columns of their own.
const BROAD: u16 = 96;
/// What is left free between two columns.
const BETWEEN: u16 = 2;

/// The scorecard as text. With a `width` no line is longer than it (32 columns at the least) and long
/// texts are wrapped; with `None` nothing is. With `colour` statuses are coloured, besides their shape
/// and word; without, the text holds no escape codes.
#[must_use]
pub fn terminal(card: &Scorecard<'_>, context: &Context<'_>, width: Option<u16>, colour: bool) -> String {
    let lines: Vec<Option<LineWords<'_>>> =
        card.lines.iter().map(|line| LineWords::new(line, context.framework)).collect();
    let mut page = Page {
        text: String::new(),
        width: width.map(|width| width.max(LEAST)),
        colour,
        card,
        names: card.lines.iter().map(Name::new).collect(),
        columns: Vec::new(),
        is_headed: false,
        warning: if context.framework.is_invented() { " (invented data)" } else { "" },
    };
    page.columns = page.measure(lines.iter().flatten());

    page.paragraph(0, &format!("{} ({})", words::title(context), card.area), Some(Attribute::Bold), None);
    page.paragraph(0, &words::plain(context.framework.title()), None, None);
    page.paragraph(0, &format!("{}; {}", words::periods(card), words::plain(&context.as_at)), None, None);
    if let Some(day) = context.generated {
        page.paragraph(0, &format!("Report made on {day}"), None, None);
    }
    if context.framework.is_invented() {
        page.paragraph(0, INVENTED, Some(Attribute::Bold), Some(Color::DarkRed));
    }

    let outcomes = Section::outcomes(card);
    for (section, roll) in outcomes.iter().zip(&card.outcomes).filter(|(_, roll)| !roll.primary.is_empty()) {
        page.heading(&words::label(roll.outcome), Some(&roll.rolled));
        page.grounds(2, &roll.rolled);
        page.section(section, &lines);
    }
    if !card.unlinked.is_empty() {
        page.heading("Indicators that count for no outcome", None);
        page.section(&Section::unlinked(card), &lines);
    }
    if card.lines.is_empty() {
        page.gap();
        page.paragraph(0, "No indicators in this scorecard.", None, None);
    }
    if card.gaps().next().is_some() {
        page.heading("Outcomes without indicators", None);
        for (section, roll) in outcomes.iter().zip(&card.outcomes).filter(|(_, r)| r.primary.is_empty()) {
            let judged =
                rolling::judged(&roll.rolled).map_or_else(String::new, |j| format!(": {}", j.short()));
            let text = format!("{}{judged}", words::label(roll.outcome));
            page.paragraph(2, &text, None, roll.rolled.colour().map(paint));
            page.grounds(4, &roll.rolled);
            page.ids("Also noted", &section.noted);
        }
    }
    if !card.priorities.is_empty() {
        page.heading("Priorities", None);
        for roll in &card.priorities {
            page.rolled(&words::plain(&roll.priority.title), &roll.rolled);
        }
    }
    if !card.perspectives.is_empty() {
        page.heading("Perspectives", None);
        for roll in &card.perspectives {
            page.rolled(&words::plain(roll.perspective), &roll.rolled);
        }
    }
    page.overall(context.framework.manual_rule());
    page.key(context.framework, lines.iter().flatten());
    page.text
}

struct Page<'c> {
    text: String,
    width: Option<u16>,
    colour: bool,
    card: &'c Scorecard<'c>,
    /// What every line is called, place by place.
    names: Vec<Name>,
    /// How wide each column is in every table, with what is left free after it: the eye runs down the
    /// page. None where lines stand one fact under the other.
    columns: Vec<u16>,
    /// Whether a table has told what the columns are.
    is_headed: bool,
    /// What is said beside every heading where data are invented.
    warning: &'static str,
}

impl Page<'_> {
    /// An empty table that asks the environment for nothing.
    fn table(&self) -> Table {
        let mut table = Table::new();
        table.load_style(presets::NOTHING).force_no_tty();
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
        let mut table = self.table();
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

    /// A heading after a gap, with the colour of what stands under it and the counts it comes from.
    fn heading(&mut self, text: &str, rolled: Option<&Rolled<'_>>) {
        let roll = rolled.map_or_else(String::new, |rolled| format!(": {}", both_colours(rolled)));
        let colour = rolled.and_then(Rolled::colour).map(paint);
        self.gap();
        self.paragraph(0, &format!("── {text}{}{roll}", self.warning), Some(Attribute::Bold), colour);
    }

    /// A priority or a perspective with its colour.
    fn rolled(&mut self, title: &str, rolled: &Rolled<'_>) {
        self.paragraph(2, &format!("{title}: {}", both_colours(rolled)), None, rolled.colour().map(paint));
        self.grounds(4, rolled);
    }

    /// Why a person gave a colour, where one did.
    fn grounds(&mut self, indent: u16, rolled: &Rolled<'_>) {
        if let Some(judged) = rolling::judged(rolled) {
            self.paragraph(indent, &judged.grounds(rolled.manual_counts), None, None);
        }
    }

    fn section(&mut self, section: &Section, lines: &[Option<LineWords<'_>>]) {
        let full: Vec<&LineWords<'_>> =
            section.full.iter().filter_map(|line| lines[*line].as_ref()).collect();
        if !full.is_empty() && self.columns.is_empty() {
            full.iter().for_each(|line| self.stacked(line));
        } else if !full.is_empty() {
            self.tabled(&full);
        }
        for (status, places) in by_status(self.card, &section.unobserved) {
            let names: Vec<String> = places.iter().map(|line| self.titled(*line)).collect();
            let text = format!("{}: {}", words::unobserved(status), names.join("; "));
            self.paragraph(2, &text, None, None);
        }
        match References::new(self.card, &section.elsewhere) {
            // What stands in full elsewhere is named where nothing stands in full here.
            References::Titled(lines) if section.full.is_empty() && !lines.is_empty() => {
                let names: Vec<String> = lines.into_iter().map(|line| self.marked(line)).collect();
                self.paragraph(2, &format!("Counts here too: {}", names.join("; ")), None, None);
            }
            _ => self.ids("Counts here too", &section.elsewhere),
        }
        self.ids("Also noted", &section.noted);
    }

    fn titled(&self, line: usize) -> String {
        format!("{} {}", self.names[line].id, self.names[line].title)
    }

    /// A line with its status before it.
    fn marked(&self, line: usize) -> String {
        let name = &self.names[line];
        let (symbol, status) = (words::symbol(name.status), words::grouped(name.status));
        format!("{symbol} {status} {}{}", self.titled(line), in_brackets(name.judged.as_ref()))
    }

    /// The ids of lines that have their place elsewhere, those of one status together.
    fn ids(&mut self, what: &str, places: &[usize]) {
        if places.is_empty() {
            return;
        }
        let groups: Vec<String> = by_status(self.card, places)
            .into_iter()
            .map(|(status, lines)| {
                let names = lines.iter().map(|line| &self.names[*line]);
                let ids: Vec<String> =
                    names.map(|name| format!("{}{}", name.id, in_brackets(name.judged.as_ref()))).collect();
                format!("{} {} {}", words::symbol(status), words::grouped(status), ids.join(", "))
            })
            .collect();
        self.paragraph(2, &format!("{what}: {}", groups.join("; ")), None, None);
    }

    /// The texts of a line, column by column.
    fn cells(broad: bool, line: &LineWords<'_>) -> Vec<String> {
        let name = &line.name;
        let mut title = format!("{} {}", name.id, name.title);
        // A unit that the title names already is not told twice.
        if let Some(unit) = &line.unit
            && !name.title.to_lowercase().contains(&unit.to_lowercase())
        {
            title += &format!(" ({unit})");
        }
        let marks = marks(line);
        if !marks.is_empty() {
            title += &format!(" [{}]", marks.join(", "));
        }
        if let Some(overdue) = overdue(line) {
            title += &format!("\n{overdue}");
        }
        let mut status = match name.status.reason() {
            Some(reason) => format!("{} {}\n{reason}", words::symbol(name.status), name.status),
            None => format!("{} {}", words::symbol(name.status), name.status),
        };
        if let Some(judged) = &name.judged {
            // The colour has a line of its own, on which it is not split.
            status += &format!("\n{}\n{}", judged.lead(), judged.shape_and_word());
        }
        let trend = trends(line);
        let of = &line.target;
        let target: Vec<&str> = std::iter::once(&of.aim)
            .chain(&of.short_basis)
            .chain(&of.limits)
            .chain(&of.tolerance)
            .map(String::as_str)
            .collect();
        if broad {
            let value = format!("{}\n{}", line.figure, line.period);
            return vec![title, value, target.join("\n"), status, trend];
        }
        let mut value = vec![format!("{} ({})", line.figure, line.period)];
        // The status says already that there is no target.
        if name.status.reason() != Some(NotAssessed::NoTarget) {
            value.extend(target.into_iter().map(str::to_owned));
        }
        vec![title, value.join("\n"), format!("{status}\n{trend}")]
    }

    fn is_broad(&self) -> bool {
        self.width.is_none_or(|width| width >= BROAD)
    }

    fn header(&self) -> &'static [&'static str] {
        if self.is_broad() {
            &["Indicator", "Value", "Target", "Status", "Trend"]
        } else {
            &["Indicator", "Value, target", "Status, trend"]
        }
    }

    /// The widths of the columns in which lines can stand: those of what is longest in them, and where
    /// the page is narrower, what wraps well. None where there is no room for a table.
    fn measure<'w>(&self, lines: impl Iterator<Item = &'w LineWords<'w>>) -> Vec<u16> {
        if self.width.is_some_and(|width| width < TABLES) {
            return Vec::new();
        }
        let mut table = self.table();
        table.set_header(self.header());
        lines.for_each(|line| {
            table.add_row(Self::cells(self.is_broad(), line));
        });
        let mut widths = table.column_max_content_widths();
        let last = widths.len() - 1;
        widths[..last].iter_mut().for_each(|width| *width = width.saturating_add(BETWEEN));
        if let Some(page) = self.width {
            // The status keeps "– not assessed" on one line, the trend "short ↑ better".
            let most: &[u16] = if self.is_broad() { &[12, 19, 16, 14] } else { &[20, 14] };
            for (width, most) in widths[1..].iter_mut().zip(most) {
                *width = (*width).min(*most);
            }
            let rest: u16 = widths[1..].iter().sum();
            widths[0] = widths[0].min(page - rest);
        }
        widths
    }

    /// A table, one row a line. Only the first on a page has a header.
    fn tabled(&mut self, lines: &[&LineWords<'_>]) {
        let mut table = self.table();
        let total = self.columns.iter().fold(0, |sum: u16, width| sum.saturating_add(*width));
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(total);
        if !std::mem::replace(&mut self.is_headed, true) {
            table.set_header(self.header().iter().map(|text| self.cell(text, Some(Attribute::Bold), None)));
        }
        for line in lines {
            let mut texts = Self::cells(self.is_broad(), line);
            if self.width.is_some() {
                texts[0] = hanging(&texts[0], self.columns[0] - BETWEEN);
            }
            // Where two colours stand in one cell, neither paints the other.
            let paint = line.name.status.colour().filter(|_| line.name.judged.is_none()).map(paint);
            let status = texts.len() - 1 - usize::from(self.is_broad());
            if let Some(run) = line.running {
                let last = self.columns.len() - 1;
                let room = usize::from(self.columns[last]);
                texts[last] = with_run(&texts[last], run, room);
            }
            let cells = texts.iter().enumerate();
            table.add_row(cells.map(|(i, text)| self.cell(text, None, paint.filter(|_| i == status))));
        }
        for (i, (column, width)) in table.column_iter_mut().zip(&self.columns).enumerate() {
            let after = if i + 1 < self.columns.len() { BETWEEN } else { 0 };
            column.set_padding((0, after));
            column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(*width)));
        }
        self.put(&table);
    }

    /// One fact under the other, where there is no room for a table.
    fn stacked(&mut self, line: &LineWords<'_>) {
        let name = &line.name;
        self.paragraph(0, &format!("{} {}", name.id, name.title), Some(Attribute::Bold), None);
        let status = format!("{} {}", words::symbol(name.status), words::status(name.status));
        self.paragraph(2, &status, None, name.status.colour().map(paint));
        if let Some(judged) = &name.judged {
            let text = format!("{}. Reason: {}", judged.short(), judged.reason);
            self.paragraph(2, &text, None, Some(paint(judged.colour)));
        }
        self.paragraph(2, &format!("value: {} ({})", line.value, line.period), None, None);
        if let Some(overdue) = overdue(line) {
            self.paragraph(2, &overdue, None, None);
        }
        let of = &line.target;
        let basis = of.short_basis.as_ref().map_or_else(String::new, |basis| format!(" ({basis})"));
        let limits: String =
            of.limits.iter().chain(&of.tolerance).map(|limit| format!(", {limit}")).collect();
        self.paragraph(2, &format!("target: {}{basis}{limits}", of.aim), None, None);
        let mut trends = trends(line);
        if let Some(run) = line.running {
            trends = with_run(&trends, run, usize::MAX);
        }
        let trends = trends.replace("\nlong  ", ", long ");
        self.paragraph(2, &format!("trend: {trends}"), None, None);
        if !line.marks.is_empty() {
            self.paragraph(2, &format!("marks: {}", line.marks.join(", ")), None, None);
        }
    }

    fn overall(&mut self, manual: ManualRule) {
        let card = self.card;
        let total = words::indicators(card.lines.len());
        let unobserved = match card.lines.iter().filter(|line| line.evaluation.is_none()).count() {
            0 => String::new(),
            n => format!(" ({n} never observed)"),
        };
        let counts = rolling::counts(card.overall.counts);
        self.gap();
        let text = format!("── Overall{}: {total}: {counts}{unobserved}", self.warning);
        self.paragraph(0, &text, Some(Attribute::Bold), None);
        let red = Status::Assessed(Colour::Red);
        for line in 0..self.names.len() {
            // What counts as red is among them too, with both of its colours.
            if self.names[line].status == red || card.lines[line].counted_status(manual) == red {
                let text = self.marked(line);
                self.paragraph(2, &text, None, Some(paint(Colour::Red)));
            }
        }
    }

    fn key<'w>(&mut self, framework: &Framework, mut lines: impl Iterator<Item = &'w LineWords<'w>>) {
        let trends = self.card.lines.iter().any(|line| line.evaluation.is_some());
        let marks = lines.any(|line| !marks(line).is_empty()) && !self.columns.is_empty();
        let symbol = |colour| words::symbol(Status::Assessed(colour));
        let mut text = format!(
            "Key: {} green: target met or exceeded; {} amber: missed, within tolerance; {} red: missed, \
             outside tolerance; – not assessed: no colour, for the reason given.{}",
            symbol(Colour::Green),
            symbol(Colour::Amber),
            symbol(Colour::Red),
            key::sentences(self.card),
        );
        if let Some(worth) = key::judgement(self.card, framework) {
            text += &format!(" By judgement: {worth}.");
        }
        if trends {
            let key::Trends { short, long, least } = key::trends(self.card);
            let least = least.map_or_else(String::new, |least| format!("; {least}"));
            text += &format!(
                " Trend: the arrow is the way the value moved, the word says whether that is better; short: \
                 {short}; long: {long}{least}."
            );
        }
        if marks {
            text += " [In square brackets]: marks of the value.";
        }
        self.gap();
        self.paragraph(0, &text, None, None);
    }
}

/// A text wrapped to a width, all lines but the first set in.
fn hanging(text: &str, width: u16) -> String {
    const INDENT: u16 = 2;
    let mut table = Table::new();
    table.load_style(presets::NOTHING).force_no_tty();
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width.saturating_sub(INDENT));
    table.add_row([text]);
    if let Some(column) = table.column_mut(0) {
        column.set_padding((0, 0));
    }
    table.trim_fmt().replace('\n', "\n  ")
}

/// The marks of a value that its trends do not tell already: a break is why both cannot be said.
fn marks(line: &LineWords<'_>) -> Vec<&'static str> {
    let told = line.unknown_trend().is_some()
        && line.evaluation.short_trend.trend == Trend::Unknown(NoTrend::BreakInSeries);
    let marks = Marks::NAMES.iter().filter(|(_, mark)| line.evaluation.value.marks.has(*mark));
    marks.filter(|(_, mark)| !told || *mark != Marks::BREAK).map(|(name, _)| *name).collect()
}

/// Both trends in words, a line each; one line where neither can be told for the same reason.
fn trends(line: &LineWords<'_>) -> String {
    let (short, long) = (&line.short_trend, &line.long_trend);
    if let Some(both) = line.unknown_trend() {
        return format!("{} {}", both.arrow, both.word);
    }
    format!("short {} {}\nlong  {} {}", short.arrow, short.word, long.arrow, long.word)
}

/// The short trend with the number of periods it has run, where the line has room for it.
fn with_run(trends: &str, run: u32, room: usize) -> String {
    let (before, short) = match trends.find("short ") {
        Some(at) => trends.split_at(at),
        None => return trends.to_owned(),
    };
    let (short, after) = short.split_at(short.find('\n').unwrap_or(short.len()));
    let text = format!("{short}, {run} running");
    if text.chars().count() > room { trends.to_owned() } else { format!("{before}{text}{after}") }
}

/// That newer data should be there, with the age of what is shown in its place.
fn overdue(line: &LineWords<'_>) -> Option<String> {
    let due = line.overdue.as_ref()?;
    Some(match &line.age {
        Some(age) => format!("overdue: {age}; {due}"),
        None => format!("overdue: {due}"),
    })
}

/// The colour by the rule, and beside it that of a person, where one gave it.
fn both_colours(rolled: &Rolled<'_>) -> String {
    let roll = rolling::roll(rolled);
    match rolling::judged(rolled) {
        Some(judged) => format!("{roll}; {}", judged.short()),
        None => roll,
    }
}

/// A judgement after the name of what it is about.
fn in_brackets(judged: Option<&Judged>) -> String {
    judged.map_or_else(String::new, |judged| format!(" ({})", judged.short()))
}

/// The plain colours of the terminal's own palette, which it keeps readable on its ground.
fn paint(colour: Colour) -> Color {
    match colour {
        Colour::Green => Color::DarkGreen,
        Colour::Amber => Color::DarkYellow,
        Colour::Red => Color::DarkRed,
    }
}
