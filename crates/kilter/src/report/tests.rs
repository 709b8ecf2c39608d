//! Laws of reports: nothing is blank, nothing is told by colour alone, nothing that a file says can
//! steer a terminal or a browser, and the same input gives the same bytes.

use super::*;
use kilter_core::evaluate::Viewpoint;
use kilter_core::ident::AreaCode;
use kilter_core::method::Missing;
use kilter_core::scorecard::{Line, Reporting, Scorecard};
use kilter_core::series::Marks;
use kilter_core::target::{Colour, NotAssessed, Status};
use std::collections::{BTreeMap, BTreeSet};

mod judgement;
mod sample;

/// A title that tries a browser, a terminal, an attribute, the template and the reading direction.
const HOSTILE: &str = r#"</title><script>alert(1)</script>\" onload=x \u001b[31m{{ 7*7 }}\u202e&amp;"#;

fn both(text: &str) -> (String, String) {
    let framework = sample::framework(text);
    let histories = sample::histories();
    let card = sample::card(&framework, &histories);
    let context = sample::context(&framework, &histories);
    (terminal(&card, &context, Some(120), false), html(&card, &context))
}

/// Both forms of a scorecard of one line, GF-3, with that value and status. The terminal form is the
/// narrow one, where every fact has a line of its own, and then the one in tables.
fn one_line(value: Result<f64, Missing>, status: Option<Status>) -> (String, String, String) {
    let framework = sample::framework(sample::FRAMEWORK);
    let mut history = sample::histories().swap_remove(2);
    let last = history.len() - 1;
    history[last].value = value;
    (history[last].numerator, history[last].denominator) = (Some(3_141.0), Some(59_265.0));
    let indicator = framework.indicator("GF-3").unwrap();
    let mut evaluation = sample::evaluation(&framework, indicator, &history, &Viewpoint::default());
    evaluation.status = status.unwrap_or(evaluation.status);
    let line = Line { indicator, evaluation: Some(evaluation), timing: None };
    let area = AreaCode::new(sample::AREA).unwrap();
    let card = Scorecard::new(&framework, area, vec![line], Reporting::Latest(None));
    let histories = [history];
    let context = Context { benchmark: None, ..sample::context(&framework, &histories) };
    (
        terminal(&card, &context, Some(60), false),
        terminal(&card, &context, Some(120), false),
        html(&card, &context),
    )
}

/// Every opening tag has its end, in order, every attribute is quoted and every ampersand an entity.
/// Returns the names of the elements.
fn well_formed(page: &str) -> Vec<String> {
    let page = page.strip_prefix("<!DOCTYPE html>").expect("a document type");
    let (mut open, mut names): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        entities(&rest[..start]);
        assert!(!rest[..start].contains('>') || open.last().is_some_and(|name| name == "style"));
        let end = start + rest[start..].find('>').expect("a tag ends");
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name), "before {}", &rest[..rest.len().min(80)]);
            continue;
        }
        let inner = tag.strip_suffix('/').unwrap_or(tag);
        let (name, mut attributes) = inner.split_once(' ').unwrap_or((inner, ""));
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()), "<{tag}>");
        let mut seen = BTreeSet::new();
        while !attributes.trim().is_empty() {
            let (key, value) = attributes.split_once("=\"").expect("a quoted attribute");
            let (value, more) = value.split_once('"').expect("the end of an attribute");
            assert!(seen.insert(key.trim()), "{key} twice in <{tag}>");
            assert!(!value.contains('<'));
            entities(value);
            attributes = more;
        }
        names.push(name.to_owned());
        if inner.len() == tag.len() {
            open.push(name.to_owned());
        }
    }
    assert!(open.is_empty(), "left open: {open:?}");
    names
}

fn entities(text: &str) {
    for (i, _) in text.match_indices('&') {
        let name = text[i + 1..].split_once(';').expect("an ampersand begins an entity").0;
        let known = matches!(name, "amp" | "lt" | "gt" | "quot") || name.starts_with('#');
        assert!(known, "&{name};");
    }
}

/// The text between two marks, at each place where the first stands.
fn all_between<'t>(text: &'t str, from: &str, to: &str) -> Vec<&'t str> {
    text.split(from).skip(1).filter_map(|rest| rest.split_once(to)).map(|(found, _)| found).collect()
}

/// So many columns, for the characters that occur here.
fn columns(line: &str) -> usize {
    line.chars().map(|c| if ('\u{2e80}'..'\u{a000}').contains(&c) { 2 } else { 1 }).sum()
}

#[test]
fn every_reason_for_having_no_colour_stands_in_words_in_both_forms() {
    for (name, reason) in NotAssessed::NAMES {
        let (narrow, table, page) = one_line(Ok(600.0), Some(Status::NotAssessed(reason)));
        assert!(narrow.contains(&format!("– not assessed: {name}")), "{narrow}");
        assert!(table.contains("  – not assessed  ") && table.contains(name), "{table}");
        assert!(page.contains(&format!(r#"</svg> not assessed</span> <span class="under">{name}</span>"#)));
    }
}

#[test]
fn every_colour_is_a_shape_and_a_word_in_both_forms() {
    for (colour, symbol) in [(Colour::Green, '✔'), (Colour::Amber, '▲'), (Colour::Red, '✖')] {
        let (narrow, table, page) = one_line(Ok(600.0), Some(Status::Assessed(colour)));
        assert!(narrow.contains(&format!("\n  {symbol} {colour}\n")), "{narrow}");
        assert!(table.contains(&format!("  {symbol} {colour}  ")), "{table}");
        let badge = format!(r##"<use href="#shape-{colour}"/></svg> {colour}</span>"##);
        assert!(page.split_once("<tbody").unwrap().1.contains(&badge));
    }
}

#[test]
fn an_absent_number_is_the_reason_for_it_and_its_parts_are_not_told() {
    for (name, missing) in Missing::NAMES {
        let (narrow, _, page) = one_line(Err(missing), None);
        assert!(narrow.contains(&format!("value: {name} (2023/24)")), "{narrow}");
        assert!(page.contains(&format!(r#"<span class="absent">{name}</span>"#)));
        assert!(page.contains(&format!(r#"data-label="Variance"><span class="stack"><span>{name}</span>"#)));
        assert!(!page.contains("3,141") && !page.contains("59,265"), "a withheld value is given away");
    }
    let (_, _, page) = one_line(Ok(53.0), None);
    assert!(page.contains("3,141") && page.contains("59,265"));
}

#[test]
fn a_line_that_was_never_observed_and_a_benchmark_without_a_value_say_so() {
    let framework = sample::framework(sample::FRAMEWORK);
    let card = sample::card(&framework, &[]);
    let text = terminal(&card, &sample::context(&framework, &[]), Some(60), false);
    assert!(text.contains("no period: nothing was observed"), "{text}");
    let page = html(&card, &sample::context(&framework, &[]));
    well_formed(&page);
    assert!(page.contains("Nothing observed (no data):"));
    assert!(!page.contains("<table class=\"lines\""), "there is nothing to put into a table");

    let histories = sample::histories();
    let card = sample::card(&framework, &histories);
    let page = html(&card, &sample::context(&framework, &histories));
    assert!(page.contains(r#"data-label="Scotland">no data</td>"#));
    assert!(!page.contains("<td></td>") && !page.contains("\"></td>"), "no cell is blank");
}

#[test]
fn what_was_never_observed_is_in_no_table_and_is_named_and_counted_all_the_same() {
    let framework = sample::framework(sample::FRAMEWORK);
    let mut histories = sample::histories();
    let counts = sample::card(&framework, &histories).overall.counts;
    for unobserved in [6, 9, 12] {
        histories[unobserved].clear();
    }
    let card = sample::card(&framework, &histories);
    assert_eq!(card.overall.counts, counts, "what has no value was not assessed before");
    let context = sample::context(&framework, &histories);
    let page = html(&card, &context);
    for width in [Some(60), Some(80), Some(120), None] {
        let text = terminal(&card, &context, width, false);
        let said = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for list in [
            "Nothing observed (no data): GF-7 Deaths in the smallest locality; GF-13 Prison leavers with",
            "Nothing observed (under development): GF-10 Spend on the last six months of life ",
            "Reduced inequalities (invented data): – 2 not assessed Nothing observed",
            "9 not assessed (3 never observed)",
        ] {
            assert!(said.contains(list), "{width:?}: {list}: {text}");
        }
        assert_eq!(text.matches("GF-13").count(), 1, "{text}");
    }
    assert!(page.contains("9 not assessed (3 never observed)"));
    let tables = all_between(&page, "<table class=\"lines\"", "</table>").concat();
    for (id, title) in
        [("GF-7", "Deaths in the smallest"), ("GF-10", "Spend on"), ("GF-13", "Prison leavers")]
    {
        let item = format!(r#"<li id="indicator-{id}"><span class="code">{id}</span> {title}"#);
        assert_eq!(page.matches(&item).count(), 1, "{item}");
        assert!(!tables.contains(&format!("indicator-{id}\"")));
    }
    assert!(tables.contains("indicator-GF-6\""), "a value that is not there yet is a row");
}

#[test]
fn few_references_have_titles_and_more_than_three_are_ids_by_status_the_worst_first() {
    let noted = |many: bool| {
        let ids: &[&str] = if many { &["GF-1\"", "GF-4\"", "GF-9\""] } else { &["GF-1\"", "GF-4\""] };
        let mut text = sample::FRAMEWORK.to_owned();
        for indicator in text.clone().split("[[indicator]]").skip(1) {
            if ids.iter().any(|id| indicator.trim_start().starts_with(&format!("id = \"{id}"))) {
                let more = indicator.replacen(
                    "outcomes = [",
                    "outcomes = [{ id = \"outcome-6\", link = \"noted\" }, ",
                    1,
                );
                text = text.replace(indicator, &more);
            }
        }
        // GF-3 and what is there already: three and four lines for outcome 6.
        both(&text.replace(
            r#"outcomes = [{ id = "outcome-2" }, { id = "outcome-3" }]"#,
            r#"outcomes = [{ id = "outcome-2" }, { id = "outcome-3" }, { id = "outcome-6", link = "noted" }]"#,
        ))
    };
    let list = |page: &str| {
        page.split_once("id=\"outcome-outcome-6\"").unwrap().1.split_once("</section>").unwrap().0.to_owned()
    };
    let (text, page) = noted(false);
    assert!(
        text.contains("  6 Carers supported\n  Also noted: ✖ red GF-3; ▲ amber GF-4; ✔ green GF-1\n"),
        "{text}"
    );
    assert!(list(&page).contains("<span class=\"code\">GF-3</span> Days people aged 75"), "{page}");
    let (text, page) = noted(true);
    let line = "  Also noted: ✖ red GF-3; ▲ amber GF-4; ✔ green GF-1; – not assessed (no target) GF-9\n";
    assert!(text.contains(line), "{text}");
    let list = list(&page);
    assert!(
        !list.contains(
            "Days people aged 75 and over spend in hospital when they are ready to be discharged</a>"
        )
    );
    for (id, word) in [("GF-3", "red"), ("GF-9", "not assessed (no target)")] {
        let link = format!(r##"<a href="#indicator-{id}" class="id" title=""##);
        assert!(list.contains(&format!("</svg> {word}</span> {link}")), "{list}");
    }
}

#[test]
fn a_target_tells_the_values_at_which_its_colours_end() {
    let (text, page) = both(sample::FRAMEWORK);
    for limits in ["green to 11,787.5", "amber to 12,075", "amber £23.00 to £29.50", "amber to 91.5%"] {
        assert!(page.contains(&format!(r#"<span class="under">{limits}</span>"#)), "{limits}");
    }
    assert!(text.contains("green to 11,787.5") && text.contains("amber to 12,075"), "{text}");
    let exact = sample::FRAMEWORK.replace("tolerance = { points = 1.5 }", "");
    assert!(both(&exact).1.contains(r#"<span class="under">no tolerance</span>"#));
}

#[test]
fn no_line_is_longer_than_the_width() {
    let long = "W".repeat(150);
    let texts = [
        sample::FRAMEWORK.to_owned(),
        sample::FRAMEWORK
            .replace("Emergency admissions\"", &format!("{long}\""))
            .replace("Falls", "福祉と医療の指標"),
        sample::FRAMEWORK.replace("Healthier living", &long).replace("GF-3", &"G".repeat(64)),
    ];
    for text in texts {
        let framework = sample::framework(&text);
        let histories = sample::histories();
        let card = sample::card(&framework, &histories);
        let context = sample::context(&framework, &histories);
        for width in [32, 40, 60, 75, 76, 80, 103, 104, 120, 200] {
            let report = terminal(&card, &context, Some(width), false);
            for line in report.lines() {
                assert!(columns(line) <= usize::from(width), "{width}: {line}");
                assert_eq!(line.trim_end(), line);
            }
        }
        assert_eq!(
            terminal(&card, &context, Some(3), false),
            terminal(&card, &context, Some(32), false),
            "the narrowest page"
        );
    }
}

#[test]
fn a_table_splits_neither_a_status_nor_a_trend() {
    let framework = sample::framework(sample::FRAMEWORK);
    let histories = sample::histories();
    let card = sample::card(&framework, &histories);
    let context = sample::context(&framework, &histories);
    for width in [76, 80, 103, 104, 120] {
        let report = terminal(&card, &context, Some(width), false);
        for whole in ["– not assessed", "short ↑ better", "long  ↑ worse", "▲ amber"] {
            let within = format!("  {whole}  ");
            let mut lines = report.lines().filter(|line| !line.starts_with("──"));
            assert!(lines.any(|line| format!("{line}  ").contains(&within)), "{width}: {whole}");
        }
    }
}

#[test]
fn without_colour_there_is_no_escape_code_and_with_it_the_text_is_the_same() {
    let text = sample::FRAMEWORK.replace("Emergency admissions\"", &format!("{HOSTILE}\""));
    let framework = sample::framework(&text);
    let histories = sample::histories();
    let card = sample::card(&framework, &histories);
    let context = sample::context(&framework, &histories);
    for width in [Some(60), Some(80), Some(120), None] {
        let bare = terminal(&card, &context, width, false);
        assert!(bare.chars().all(|c| c == '\n' || !c.is_control()), "{width:?}");
        let coloured = terminal(&card, &context, width, true);
        assert!(coloured.contains('\u{1b}'));
        let mut stripped = String::new();
        for (i, part) in coloured.split('\u{1b}').enumerate() {
            stripped.push_str(if i == 0 { part } else { part.split_once('m').unwrap().1 });
        }
        assert_eq!(stripped.lines().map(str::trim_end).collect::<Vec<_>>(), bare.lines().collect::<Vec<_>>());
    }
}

#[test]
fn hostile_texts_are_shown_and_not_obeyed() {
    let mut text = sample::FRAMEWORK.to_owned();
    for title in
        ["Emergency admissions", "Glen and Firth: performance framework", "Healthier living", "Best value"]
    {
        text = text.replace(&format!("\"{title}\""), &format!("\"{HOSTILE}\""));
    }
    text = text
        .replace("per 100,000 population aged 18 and over", HOSTILE)
        .replace("Head of performance", HOSTILE);
    let framework = sample::framework(&text);
    let histories = sample::histories();
    let card = sample::card(&framework, &histories);
    let hostile = framework.title().to_owned();
    let mut context = sample::context(&framework, &histories);
    context.area_name = &hostile;
    context.as_at.clone_from(&hostile);
    context.releases[0].source.clone_from(&hostile);
    context.benchmark.as_mut().unwrap().name.clone_from(&hostile);
    let page = html(&card, &context);
    let names = well_formed(&page);
    assert!(!names.iter().any(|name| name == "script"));
    assert!(!page.contains("<script"));
    assert!(page.contains("&lt;script&gt;alert(1)"));
    assert!(page.contains("{{ 7*7 }}"), "a text is never read as a template");
    assert!(!page.contains('\u{1b}') && !page.contains('\u{202e}'));
}

#[test]
fn the_page_needs_nothing_from_outside_and_runs_nothing() {
    let (_, page) = both(sample::FRAMEWORK);
    for outside in ["http:", "https:", "src=", "url(", "@import", "<link", "<script", "<img", "<iframe"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.contains("default-src 'none'"));
    assert!(page.contains(r#"<html lang="en-GB">"#) && page.contains(r#"<meta charset="utf-8"/>"#));
}

#[test]
fn every_link_leads_somewhere_and_every_id_is_there_once() {
    let (_, page) = both(sample::FRAMEWORK);
    let mut ids = BTreeSet::new();
    for id in all_between(&page, " id=\"", "\"") {
        assert!(ids.insert(id), "{id} twice");
    }
    let links = all_between(&page, "href=\"#", "\"");
    assert!(links.len() > 20);
    for link in links {
        assert!(ids.contains(link), "#{link} leads nowhere");
    }
    for label in all_between(&page, "aria-labelledby=\"", "\"").iter().flat_map(|ids| ids.split(' ')) {
        assert!(ids.contains(label), "nothing is labelled {label}");
    }
}

#[test]
fn invented_data_are_called_so_in_the_title_the_banner_and_every_table() {
    let (text, page) = both(sample::FRAMEWORK);
    assert!(text.starts_with("INVENTED DATA: "));
    assert!(text.contains("INVENTED DATA: this organisation"));
    let headings: Vec<&str> = text.lines().filter(|line| line.starts_with("── ")).collect();
    assert_eq!(
        headings.len(),
        9,
        "five outcomes, what counts for none, the gaps, the priorities and the counts"
    );
    assert!(headings.iter().all(|heading| heading.contains(" (invented data)")), "{headings:?}");
    assert!(page.contains("<title>INVENTED DATA: "));
    assert!(page.contains(r#"role="note">INVENTED DATA: this organisation"#));
    let captions = all_between(&page, "<caption>", "</caption>");
    assert_eq!(captions.len(), page.matches("<table").count());
    assert!(captions.iter().all(|caption| caption.starts_with("INVENTED DATA: ")), "{captions:?}");

    let (text, page) = both(&sample::FRAMEWORK.replace("invented = true", ""));
    assert!(!text.to_lowercase().contains("invented"));
    let body = page.split_once("</style>").unwrap().1;
    assert!(!body.to_lowercase().contains("invented"));
    assert!(!body.contains("None") && !body.contains("none<"), "what is not there is not printed");
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    assert_eq!(both(sample::FRAMEWORK), both(sample::FRAMEWORK));
}

#[test]
fn pages_with_everything_and_with_nothing_are_well_formed() {
    let framework = sample::framework(sample::FRAMEWORK);
    let histories = sample::histories();
    let full = sample::card(&framework, &histories);
    let empty = Scorecard::new(&framework, full.area.clone(), Vec::new(), Reporting::Latest(None));
    let bare = |histories| Context {
        releases: Vec::new(),
        generated: None,
        benchmark: None,
        ..sample::context(&framework, histories)
    };
    for (card, context) in [
        (&full, sample::context(&framework, &histories)),
        (&full, bare(&histories)),
        (&full, bare(&[])),
        (&empty, bare(&[])),
    ] {
        let names = well_formed(&html(card, &context));
        assert_eq!(names.iter().filter(|name| *name == "h1").count(), 1);
    }
    let text = terminal(&empty, &bare(&[]), Some(80), false);
    assert!(text.contains("No indicators in this scorecard.") && text.contains("no indicators"));
    assert!(text.contains("Outcomes without indicators"));
    assert!(html(&empty, &bare(&[])).contains("No indicators in this scorecard."));
}

#[test]
fn a_framework_without_outcomes_still_shows_every_indicator() {
    let text = r#"
        [framework]
        id = "f"
        title = "F"
        [[area]]
        code = "X37000001"
        name = "A"
        kind = "council"
        [[measure]]
        id = "m"
        title = "M"
        unit = "n"
        frequency = "month"
        over_time = "sum"
        over_areas = "sum"
        [[indicator]]
        id = "X"
        title = "Only one"
        calculation = { count = "m" }
        frequency = "month"
        polarity = "lower"
        decimals = 0
        unit = "n"
    "#;
    let framework = sample::framework(text);
    let card = sample::card(&framework, &[]);
    let context = Context { benchmark: None, ..sample::context(&framework, &[]) };
    assert!(terminal(&card, &context, Some(80), false).contains("Only one"));
    let page = html(&card, &context);
    well_formed(&page);
    assert!(page.contains("The framework has no outcomes.") && page.contains(r#"id="indicator-X""#));
    assert!(!page.contains(r#"id="priorities""#), "no matrix without priorities");
}

#[test]
fn an_indicator_of_several_outcomes_stands_in_full_once_and_is_referred_to_elsewhere() {
    let (text, page) = both(sample::FRAMEWORK);
    assert_eq!(page.matches(r#"id="indicator-GF-2""#).count(), 1);
    assert_eq!(page.matches(r##"<a href="#indicator-GF-2">"##).count(), 2);
    assert_eq!(text.matches("Counts here too: ▲ amber GF-2\n").count(), 1);
    assert_eq!(text.matches("Also noted: ▲ amber GF-2\n").count(), 1);
    assert_eq!(text.matches("at most 11,500").count(), 1);
    assert!(text.contains("── 1 Healthier living (invented data): ▲ amber: 1 green, 1 amber\n"), "{text}");
    assert!(text.contains("\n  6 Carers supported\n"), "a gap is listed");
}

#[test]
fn figures_are_rounded_half_up_with_separators_and_their_signs_in_place() {
    for (value, decimals, expected) in [
        (1234567.5, 0, "1,234,568"),
        (999.5, 0, "1,000"),
        (999.4, 0, "999"),
        (-1234.565, 2, "−1,234.57"),
        (-0.4, 0, "0"),
        (-0.0, 1, "0.0"),
        (100.0, 0, "100"),
    ] {
        assert_eq!(words::number(value, decimals), expected);
    }
    assert_eq!(words::with_unit("62.5", "% of hours"), "62.5% of hours");
    assert_eq!(words::with_unit("12.50", "£ per week"), "£12.50 per week");
    assert_eq!(words::with_unit("−12.50", "£ per week"), "−£12.50 per week");
    assert_eq!(words::with_unit("7", "people"), "7 people");
    assert_eq!(words::with_unit("7", ""), "7");
    assert_eq!(words::with_sign("7", "people"), "7");
}

#[test]
fn a_missed_target_never_has_a_variance_that_prints_as_nothing() {
    let (_, _, page) = one_line(Ok(600.3), None);
    assert!(page.contains(r#"data-label="Variance"><span class="stack"><span>+0.3</span>"#));
    let (_, _, page) = one_line(Ok(600.0), None);
    assert!(page.contains(r#"data-label="Variance"><span class="stack"><span>0</span>"#));
}

#[test]
fn a_sparkline_stops_at_gaps_and_breaks_and_tells_them() {
    let framework = sample::framework(sample::FRAMEWORK);
    let indicator = framework.indicator("GF-3").unwrap();
    let aims = sample::aims(&framework, &sample::histories()).swap_remove(2);
    let mut history = sample::histories().swap_remove(2);
    let draw = |history: &[Value]| {
        let reported = history.last().map(|value| value.period);
        sparkline::draw(indicator, history, &aims, reported)
    };
    let drawn = draw(&history).unwrap();
    assert_eq!(drawn.values.matches('M').count(), 2, "one gap");
    assert!(drawn.description.contains("No value for 2019/20 (not collected)."), "{}", drawn.description);
    assert!(drawn.description.contains("Dashed line: target 600."));
    assert!(drawn.point.is_some() && drawn.breaks.is_empty() && drawn.lone.is_empty());

    history[1].marks = Marks::BREAK;
    let drawn = draw(&history).unwrap();
    assert_eq!(drawn.values.matches('M').count(), 2);
    assert_eq!(drawn.lone.len(), 1, "the value before the break stands alone");
    assert_eq!(drawn.breaks.matches('M').count(), 1);
    assert!(drawn.description.contains("Break in series before 2017/18."));

    history[0].value = Ok(f64::MAX);
    history[1].value = Ok(-f64::MAX);
    assert!(draw(&history).is_none(), "what cannot be scaled is not drawn");
    for value in &mut history[..] {
        value.value = Ok(600.0);
    }
    let level = draw(&history).unwrap();
    assert!(!level.values.contains("NaN") && level.values.contains(" 20.0"));
    assert!(draw(&history[..1]).is_none() && draw(&[]).is_none());
}

#[test]
fn a_target_that_changed_is_drawn_as_steps() {
    let framework = sample::framework(sample::FRAMEWORK);
    let histories = sample::histories();
    let aims = sample::aims(&framework, &histories);
    let draw = |place: usize| {
        sparkline::draw(&framework.indicators()[place], &histories[place], &aims[place], None).unwrap()
    };
    assert_eq!(draw(1).targets.matches('H').count(), 2, "11,500 after 12,000");
    assert_eq!(draw(3).targets.matches('H').count(), 2, "both ends of a range");
    assert_eq!(draw(8).targets, "");
}

/// The relative luminance of a colour, by the formula of WCAG 2.
fn luminance(colour: &str) -> f64 {
    let channel = |at: usize| {
        let c = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
        if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

#[test]
fn text_and_shapes_contrast_with_their_ground_in_light_and_dark() {
    let style = include_str!("style.css");
    let schemes: Vec<BTreeMap<&str, &str>> = style
        .split(":root {")
        .skip(1)
        .map(|scheme| {
            let body = scheme.split_once('}').unwrap().0;
            body.split(';').filter_map(|rule| rule.trim().strip_prefix("--")?.split_once(": ")).collect()
        })
        .filter(|scheme: &BTreeMap<_, _>| !scheme.is_empty())
        .collect();
    assert_eq!(schemes.len(), 2, "light and dark");
    for scheme in schemes {
        let contrast = |a: &str, b: &str| {
            let (a, b) = (luminance(scheme[a]), luminance(scheme[b]));
            (a.max(b) + 0.05) / (a.min(b) + 0.05)
        };
        for text in ["ink", "quiet", "link", "green", "amber", "red", "none"] {
            for ground in ["ground", "raised"] {
                assert!(contrast(text, ground) >= 4.5, "{text} on {ground}: {}", contrast(text, ground));
            }
        }
        for status in ["green", "amber", "red", "none"] {
            let tint = format!("{status}-tint");
            assert!(contrast(status, &tint) >= 4.5, "{status}: {}", contrast(status, &tint));
            let fill = format!("{status}-fill");
            for ground in ["ground", "raised"] {
                assert!(contrast(&fill, ground) >= 3.0, "{fill}: {}", contrast(&fill, ground));
            }
        }
    }
}
