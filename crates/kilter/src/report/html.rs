//! A scorecard as one HTML page that needs nothing else: no script, no font, no picture from outside.
//!
//! This room fills the template and holds no markup of its own. The template is well-formed XML, escapes
//! every text, and is read strictly: a name that it uses and this room does not fill is an error that
//! the tests meet.

use super::Context;
use super::key;
use super::rolling::{self, Judged};
use super::sections::{References, Section, by_status};
use super::sparkline::{self, Sparkline};
use super::targets;
use super::words::{self, INVENTED, LineWords, Name, TrendWords};
use kilter_core::framework::{Comparison, Indicator, Outcome, OutcomeKind};
use kilter_core::scorecard::{Counts, OutcomeRoll, Rolled, Scorecard};
use kilter_core::target::{Colour, Status};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Value;
use minijinja::{Environment, UndefinedBehavior, context};

/// The name ends in .html, by which texts are escaped.
const PAGE: (&str, &str) = ("scorecard.html", include_str!("scorecard.html"));
const STYLE: (&str, &str) = ("style.css", include_str!("style.css"));

/// The scorecard as one HTML page, for a browser and for A4 paper. Every text in it is escaped, and
/// the same scorecard and context give the same bytes.
#[must_use]
pub fn html(card: &Scorecard<'_>, context: &Context<'_>) -> String {
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.expect("the delimiters are the usual ones"));
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    for (name, text) in [PAGE, STYLE] {
        environment.add_template(name, text).expect("the templates are part of the program and tested");
    }
    environment
        .get_template(PAGE.0)
        .and_then(|template| template.render(page(card, context)))
        .expect("every name in the template is filled by `page`, whatever the data")
}

fn page(card: &Scorecard<'_>, context: &Context<'_>) -> Value {
    let words: Vec<Option<LineWords<'_>>> =
        card.lines.iter().map(|line| LineWords::new(line, context.framework)).collect();
    let names: Vec<Name> = card.lines.iter().map(Name::new).collect();
    let drawn: Vec<Option<Sparkline>> = words
        .iter()
        .enumerate()
        .map(|(i, words)| {
            let (history, reported) = (context.histories.get(i)?, words.as_ref()?.evaluation.value.period);
            let aims = context.aims.get(i).map_or(&[][..], Vec::as_slice);
            sparkline::draw(card.lines[i].indicator, history, aims, Some(reported))
        })
        .collect();
    let section = |section: &Section| {
        let full = section.full.iter().filter_map(|&i| {
            Some(line(context, card.lines[i].indicator, words[i].as_ref()?, i, drawn[i].as_ref()))
        });
        context! {
            lines => full.collect::<Value>(),
            unobserved => groups(&names, by_status(card, &section.unobserved)),
            elsewhere => references(card, &names, &section.elsewhere),
            noted => references(card, &names, &section.noted),
        }
    };
    let outcomes: Vec<Value> = Section::outcomes(card)
        .iter()
        .zip(&card.outcomes)
        .map(|(under, roll)| {
            context! {
                ..context! {
                    title => words::plain(&roll.outcome.title),
                    kind => kind(roll.outcome),
                    section => section(under),
                    gap => roll.primary.is_empty(),
                },
                ..tile(roll)
            }
        })
        .collect();
    let framework = context.framework;
    let red = Status::Assessed(Colour::Red);
    let manual = framework.manual_rule();
    let glance = |line: &LineWords<'_>| {
        context! {
            value => &line.value,
            target => &line.target.aim,
            period => &line.period,
            age => line.age.as_deref(),
            overdue => line.overdue.as_deref(),
            ..name(&line.name)
        }
    };
    let trends = key::trends(card);
    context! {
        title => words::title(context),
        invented => framework.is_invented().then_some(INVENTED),
        warning => if framework.is_invented() { "INVENTED DATA: " } else { "" },
        area_name => words::plain(context.area_name),
        area => card.area.as_str(),
        framework => words::plain(framework.title()),
        framework_id => framework.id().as_str(),
        framework_source => framework.source().map(words::plain),
        valid_from => framework.valid_from().map(|day| day.to_string()),
        comparison => match framework.comparison() {
            Comparison::Unrounded => "Values are compared with targets unrounded, and rounded half up for print.",
            Comparison::AsPublished => "Values are rounded half up, as published, before they are compared with targets.",
        },
        periods => words::periods(card),
        as_at => words::plain(&context.as_at),
        generated => context.generated.map(|day| day.to_string()),
        total => words::indicators(card.lines.len()),
        counts => rolling::counts(card.overall.counts),
        never => Some(words.iter().filter(|words| words.is_none()).count()).filter(|n| *n > 0),
        shares => shares(card.overall.counts),
        // What counts as red is among them too, with both of its colours.
        red => card
            .lines
            .iter()
            .zip(&words)
            .filter(|(line, _)| line.status() == red || line.counted_status(manual) == red)
            .filter_map(|(_, words)| words.as_ref().map(glance))
            .collect::<Value>(),
        overdue => words
            .iter()
            .flatten()
            .filter(|words| words.overdue.is_some())
            .map(glance)
            .collect::<Value>(),
        outcomes => outcomes,
        matrix => matrix(card),
        perspectives => card.perspectives.iter().map(|roll| context! {
            title => words::plain(roll.perspective),
            lines => roll.lines.iter().map(|line| name(&names[*line])).collect::<Value>(),
            ..rolled(&roll.rolled)
        }).collect::<Value>(),
        rules => key::entries(card).into_iter().map(|(name, text)| context! { name, text }).collect::<Value>(),
        judgement => key::judgement(card, framework),
        trends => context! { short => trends.short, long => trends.long, least => trends.least },
        unlinked => (!card.unlinked.is_empty()).then(|| section(&Section::unlinked(card))),
        has_lines => !card.lines.is_empty(),
        has_gaps => card.gaps().next().is_some(),
        has_sparklines => drawn.iter().any(Option::is_some),
        releases => context.releases.iter().map(|release| context! {
            number => release.number,
            known_at => release.known_at.to_string(),
            source => words::plain(&release.source),
        }).collect::<Value>(),
        sources => sources(card),
        benchmark => context.benchmark.as_ref().map(|benchmark| words::plain(&benchmark.name)),
        columns => 6 + usize::from(context.benchmark.is_some()) + usize::from(drawn.iter().any(Option::is_some)),
        sparkline_width => sparkline::WIDTH,
        sparkline_height => sparkline::HEIGHT,
    }
}

/// The word by which a style and a shape are chosen.
fn class(colour: Option<Colour>) -> &'static str {
    match colour {
        Some(Colour::Green) => "green",
        Some(Colour::Amber) => "amber",
        Some(Colour::Red) => "red",
        None => "none",
    }
}

fn kind(outcome: &Outcome) -> &'static str {
    match outcome.kind {
        OutcomeKind::National => "National outcome",
        OutcomeKind::Local => "Local outcome",
    }
}

fn tile(roll: &OutcomeRoll<'_>) -> Value {
    context! {
        anchor => roll.outcome.id.as_str(),
        label => words::label(roll.outcome),
        number => roll.outcome.number.map(|number| number.to_string()),
        short => words::plain(&roll.outcome.short),
        shares => shares(roll.rolled.counts),
        ..rolled(&roll.rolled)
    }
}

/// A colour by a rule with what it comes from, and beside it the colour that a person gave.
fn rolled(of: &Rolled<'_>) -> Value {
    context! {
        class => class(of.computed),
        // What is shown where there is room for one colour only, besides the words for both.
        shown => class(of.colour()),
        word => rolling::computed(of),
        counts => rolling::scored(of),
        judged => rolling::judged(of).map(|judged| context! {
            grounds => judged.grounds(of.manual_counts),
            ..self::judged(&judged)
        }),
    }
}

/// The colour that a person gave, and whose judgement it is.
fn judged(judged: &Judged) -> Value {
    context! {
        lead => judged.lead(),
        class => class(Some(judged.colour)),
        word => judged.colour.to_string(),
    }
}

/// The counts for a bar; those of nothing are left out.
fn shares(counts: Counts) -> Value {
    [("green", counts.green), ("amber", counts.amber), ("red", counts.red), ("none", counts.not_assessed)]
        .into_iter()
        .filter(|(_, n)| *n > 0)
        .map(|(class, n)| context! { class, n })
        .collect()
}

/// Priorities by outcomes, with the colour of each outcome that a priority serves. Outcomes that no
/// priority serves have no column.
fn matrix(card: &Scorecard<'_>) -> Value {
    let columns: Vec<&OutcomeRoll<'_>> = card
        .outcomes
        .iter()
        .filter(|roll| card.priorities.iter().any(|p| p.priority.outcomes.contains(&roll.outcome.id)))
        .collect();
    let rows = card.priorities.iter().map(|roll| {
        let cells: Value = columns
            .iter()
            .map(|column| {
                let serves = roll.priority.outcomes.contains(&column.outcome.id);
                context! { outcome => tile(column), serves }
            })
            .collect();
        context! {
            title => words::plain(&roll.priority.title),
            cells,
            ..rolled(&roll.rolled)
        }
    });
    context! { columns => columns.iter().map(|roll| tile(roll)).collect::<Value>(), rows => rows.collect::<Value>() }
}

/// The publishers of the figures that were observed, each once, in order of the lines.
fn sources(card: &Scorecard<'_>) -> Value {
    let mut sources: Vec<String> = Vec::new();
    let observed = card.lines.iter().filter(|line| line.evaluation.is_some());
    for source in observed.filter_map(|line| line.indicator.source.as_deref()) {
        let source = words::plain(source);
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    sources.into_iter().collect()
}

/// What a line is called and how it stands.
fn name(name: &Name) -> Value {
    context! {
        id => &name.id,
        title => &name.title,
        class => class(name.status.colour()),
        word => name.status.to_string(),
        reason => name.status.reason().map(|reason| reason.to_string()),
        judged => name.judged.as_ref().map(judged),
    }
}

/// Lines of one status together.
fn groups(names: &[Name], groups: Vec<(Status, Vec<usize>)>) -> Value {
    groups
        .into_iter()
        .map(|(status, lines)| {
            context! {
                class => class(status.colour()),
                word => words::grouped(status),
                unobserved => words::unobserved(status),
                lines => lines.into_iter().map(|line| name(&names[line])).collect::<Value>(),
            }
        })
        .collect()
}

/// Lines that have their place elsewhere.
fn references(card: &Scorecard<'_>, names: &[Name], places: &[usize]) -> Value {
    let (titled, grouped) = match References::new(card, places) {
        References::Titled(lines) => (lines, Vec::new()),
        References::Grouped(grouped) => (Vec::new(), grouped),
    };
    context! {
        titled => titled.into_iter().map(|line| name(&names[line])).collect::<Value>(),
        grouped => groups(names, grouped),
    }
}

fn trend(words: &TrendWords) -> Value {
    context! { arrow => words.arrow.to_string(), word => &words.word, class => words.class, against => words.against.as_deref() }
}

fn line(
    context: &Context<'_>,
    indicator: &Indicator,
    words: &LineWords<'_>,
    place: usize,
    drawn: Option<&Sparkline>,
) -> Value {
    let benchmark =
        context.benchmark.as_ref().map(|benchmark| match benchmark.values.get(place).copied().flatten() {
            Some(value) => words::with_sign(&words::number(value, indicator.decimals), &indicator.unit),
            None => "no data".to_owned(),
        });
    context! {
        period => &words.period,
        figure => &words.figure,
        unit => words.unit.as_deref(),
        absent => words.absent,
        age => words.age.as_deref(),
        overdue => words.overdue.as_deref(),
        target => &words.target.aim,
        // All that stands under the target: where it comes from, and up to where its colours reach.
        limits => {
            let of = &words.target;
            let under = of.basis.iter().chain(&of.scope).chain(&of.limits).chain(&of.tolerance);
            under.map(String::as_str).collect::<Value>()
        },
        variance => &words.variance,
        variance_percent => words.variance_percent.as_deref(),
        trend => words.unknown_trend().map(trend),
        short => trend(&words.short_trend),
        running => words.running,
        long => trend(&words.long_trend),
        marks => words.marks.iter().copied().collect::<Value>(),
        benchmark,
        sparkline => drawn.map(|line| context! {
            values => &line.values,
            targets => &line.targets,
            breaks => &line.breaks,
            lone => line.lone.iter().map(|(x, y)| context! { x, y }).collect::<Value>(),
            point => line.point.as_ref().map(|(x, y)| context! { x, y }),
            first => &line.span.0,
            last => &line.span.1,
            description => &line.description,
        }),
        explanation => words::plain(&words.evaluation.explanation),
        facts => facts(context, indicator, words),
        ..name(&words.name)
    }
}

/// What a status rests on, as pairs of a name and what it names.
fn facts(context: &Context<'_>, indicator: &Indicator, line: &LineWords<'_>) -> Value {
    let mut facts: Vec<(&str, String)> = Vec::new();
    let evaluation = line.evaluation;
    let value = &evaluation.value;
    // Parts of a value that is withheld could give it away.
    if value.value.is_ok() {
        let parts = [("Numerator", value.numerator), ("Denominator", value.denominator)];
        for (name, part) in parts {
            facts.extend(part.map(|part| (name, words::as_written(part, 0, 3))));
        }
        if let Some(population) = value.population {
            facts.push((
                "Population",
                if population.used == population.due {
                    format!("mid-year {}", population.used)
                } else {
                    format!("mid-year {}, carried forward to {}", population.used, population.due)
                },
            ));
        }
    }
    if value.release > 0 {
        facts.push(("Release", value.release.to_string()));
    }
    if let Some(timing) = line.timing {
        let due = match timing.due {
            Some(due) => format!("due on {due}"),
            None => "nobody says when they are due".to_owned(),
        };
        facts.push(("Next figures", format!("for {}, {due}", timing.next)));
    }
    let target = targets::fact(evaluation, indicator, context.framework);
    facts.extend(target.map(|target| ("Target", target)));
    if let Some(judged) = &line.name.judged {
        facts.push(("By judgement", format!("{}, {}. {}", judged.colour, judged.by, judged.grounds(false))));
    }
    for (name, point, mean, run) in [
        ("Short trend", &evaluation.short_trend, false, line.running),
        ("Long trend", &evaluation.long_trend, true, None),
    ] {
        let words = words::trend(point, evaluation, indicator, mean);
        let run = run.map_or_else(String::new, |run| format!("{run} periods running, "));
        facts.extend(words.against.map(|against| (name, format!("{}, {run}{against}", words.word))));
    }
    let told = [
        ("Definition", &indicator.definition),
        ("Published by", &indicator.source),
        ("Answered for by", &indicator.owner),
    ];
    facts.extend(told.iter().filter_map(|(name, text)| Some((*name, words::plain(text.as_deref()?)))));
    for note in &indicator.notes {
        let source = note.source.as_ref().map_or_else(String::new, |source| format!(" ({source})"));
        facts.push(("Note", words::plain(&format!("{}{source}", note.text))));
    }
    facts.into_iter().map(|(name, text)| context! { name, text }).collect()
}
