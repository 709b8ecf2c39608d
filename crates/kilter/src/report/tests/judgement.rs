//! Laws of what people add to a judgement and of what is not plain in it: a person's colour never hides the
//! computed one, old figures say so in words, a target says what it was derived from, the key tells every
//! rule in use; and of all that nothing is said where it is not in play.

use super::*;

/// Each in its words, for the whole report.
const NEW_WORDS: [&str; 10] = [
    "judgement",
    "Judged",
    "overdue",
    "months old",
    "Perspective",
    "perspective",
    "tolerance of",
    "Next figures",
    "What is not assessed does not count",
    "without value",
];

/// A judgement of an indicator, an outcome or a priority, for what the sample reports.
fn judged(subject: &str, status: &str, reason: &str) -> String {
    format!(
        "\n[[manual_status]]\n{subject}\narea = \"X37000001\"\nperiod = \"2023/24\"\nstatus = \"{status}\"\n\
         by = \"the chief officer\"\non = \"2024-05-02\"\nreason = \"{reason}\"\n"
    )
}

/// The sample with more said of the framework, and with more entries.
fn with(framework: &str, entries: &str) -> String {
    sample::FRAMEWORK.replacen("invented = true", &format!("invented = true\n{framework}"), 1) + entries
}

/// The sample with more said of an entry.
fn saying(text: &str, id: &str, more: &str) -> String {
    let id = format!("\nid = \"{id}\"\n");
    assert!(text.contains(&id), "{id}");
    text.replacen(&id, &format!("{id}{more}\n"), 1)
}

/// Without the target of an indicator, and with another.
fn aiming(text: &str, id: &str, goal: &str) -> String {
    let mut parts: Vec<&str> = text.split("[[target]]\n").collect();
    parts.retain(|part| !part.starts_with(&format!("indicator = \"{id}\"")));
    format!("{}\n[[target]]\nindicator = \"{id}\"\nfrom = \"2015/16\"\n{goal}\n", parts.join("[[target]]\n"))
}

const WIDTHS: [Option<u16>; 6] = [Some(40), Some(60), Some(80), Some(100), Some(120), None];

/// The terminal forms at all widths and the page, on a day and for a level where they are given.
fn forms(text: &str, on: Option<&str>, level: Option<&str>) -> (Vec<String>, String) {
    let framework = sample::framework(text);
    let histories = sample::histories();
    let card = sample::card_on(&framework, &histories, on, level);
    let context = sample::context(&framework, &histories);
    let page = html(&card, &context);
    well_formed(&page);
    (WIDTHS.iter().map(|width| terminal(&card, &context, *width, false)).collect(), page)
}

/// A text with each run of blanks and line ends as one blank.
fn flowing(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What stands in a column of the tables of a terminal form, from its header on, as flowing text.
fn column(text: &str, header: &str) -> String {
    let head = text.lines().find(|line| line.starts_with("Indicator ")).expect("a table");
    let start = head[..head.find(header).expect("a column")].chars().count();
    let rest: String = head.chars().skip(start).collect();
    let width =
        rest.find("  ").map_or(usize::MAX, |end| end + rest[end..].chars().take_while(|c| *c == ' ').count());
    let cells: Vec<String> =
        text.lines().map(|line| line.chars().skip(start).take(width).collect()).collect();
    flowing(&cells.join(" "))
}

/// A text as it stands in a page.
fn escaped(text: &str) -> String {
    text.replace('/', "&#x2f;")
}

#[test]
fn of_what_is_not_in_play_nothing_is_said() {
    let (texts, page) = forms(sample::FRAMEWORK, None, None);
    let body = page.split_once("</style>").unwrap().1;
    for word in NEW_WORDS {
        assert!(!body.contains(word), "{word}");
        for text in &texts {
            assert!(!text.contains(word), "{word}: {text}");
        }
    }
    let old = "An outcome has the worst colour of the indicators that count for it. Trend: the arrow is the way \
               the value moved, the word says whether that is better; short: against the value before; long: \
               against the mean of up to four values before.";
    assert!(texts.iter().all(|text| flowing(text).contains(old)));
    let rule = "<div><dt>Outcome, priority</dt><dd>the worst colour of the indicators that count for it, with the \
                counts beside it</dd></div>";
    assert_eq!(body.matches(rule).count(), 1);
    assert!(body.contains(
        "Short: against the value before. Long: against the mean of up to four values before</dd>"
    ));
}

#[test]
fn the_colour_of_a_person_stands_beside_the_computed_one_and_never_hides_it() {
    // GF-3 is red, GF-1 is green, GF-9 has no target.
    let given = [("GF-3", "green", '✔'), ("GF-1", "red", '✖'), ("GF-9", "amber", '▲')];
    let entries: String = given
        .iter()
        .map(|(id, colour, _)| judged(&format!("indicator = \"{id}\""), colour, "As seen"))
        .collect();
    for rule in ["shown", "counts"] {
        let text = with(&format!("manual_status = \"{rule}\""), &entries);
        let (texts, page) = forms(&text, None, None);
        for ((id, colour, symbol), computed) in given.iter().zip(["✖ red", "✔ green", "– not assessed"])
        {
            let by = format!("by judgement of the chief officer: {symbol} {colour}");
            for (text, width) in texts.iter().zip(WIDTHS) {
                let said = match width {
                    Some(..76) => flowing(text.split_once(&format!("\n{id} ")).unwrap().1),
                    Some(..96) => column(text, "Status, trend"),
                    _ => column(text, "Status"),
                };
                let computed = match (*id, width) {
                    ("GF-9", Some(..76)) => "– not assessed: no target".to_owned(),
                    ("GF-9", _) => "– not assessed no target".to_owned(),
                    _ => computed.to_owned(),
                };
                let both = format!("{computed} {by}");
                assert!(said.contains(&both), "{rule} {width:?}: {both}\n{text}");
            }
            let row = page.split_once(&format!("id=\"indicator-{id}\"")).unwrap().1;
            let row = row.split_once("</tr>").unwrap().0;
            let word = &computed[computed.find(' ').unwrap() + 1..];
            let status = row.split_once("data-label=\"Status\">").unwrap().1;
            let (own, rest) =
                status.split_once(&format!("</svg> {word}</span>")).expect("the computed status");
            assert!(own.matches("class=\"badge").count() == 1, "the computed status comes first");
            let by = "<span class=\"under\">by judgement of the chief officer:</span> <span class=\"badge";
            assert!(rest.contains(&format!("{by} {colour}\">")), "{rest}");
        }
        // Wherever a line is referred to, it has both.
        let wide = texts.last().unwrap();
        let (symbol, colour) = ('✔', "green");
        let reference =
            format!("Counts here too: ✖ red GF-3 (by judgement of the chief officer: {symbol} {colour})");
        assert!(wide.contains(&reference), "{wide}");
        let worth = ["which alone counts", "counts in its place"][usize::from(rule == "counts")];
        assert!(texts.iter().all(|text| flowing(text).contains(worth)) && page.contains(worth), "{worth}");
        // What is red by either of its two colours, and counts as that, is called out.
        let overall = wide.split_once("── Overall").unwrap().1;
        assert!(overall.contains("\n  ✖ red GF-3 "), "{overall}");
        let called = overall.contains("\n  ✔ green GF-1 Adults able to look after their health very well or quite well (by judgement of the chief officer: ✖ red)\n");
        assert_eq!(called, rule == "counts", "{overall}");
        let glance = page.split_once("Outside tolerance</h3>").unwrap().1.split_once("</ul>").unwrap().0;
        assert_eq!(glance.contains("#indicator-GF-1\""), rule == "counts");
    }
}

#[test]
fn an_outcome_or_priority_that_a_person_judged_has_both_colours_and_who_and_why() {
    let entries = judged("outcome = \"outcome-2\"", "amber", "Winter plan at work")
        + &judged("priority = \"value\"", "green", "Audit was clean")
        + &judged("outcome = \"outcome-6\"", "red", "Carers tell us");
    for (rule, counts) in [("shown", false), ("counts", true)] {
        let (texts, page) = forms(&with(&format!("manual_status = \"{rule}\""), &entries), None, None);
        let worth = if counts { "; it counts in place of the computed colour" } else { "" };
        let grounds = |reason: &str| format!("Judged on 2024-05-02 for 2023/24{worth}. Reason: {reason}");
        for text in &texts {
            let said = flowing(text);
            for expected in [
                format!(
                    "✖ red: 1 amber, 2 red; by judgement of the chief officer: ▲ amber {}",
                    grounds("Winter plan at work")
                ),
                format!(
                    "Best value: ✖ red: 2 amber, 2 red, 2 not assessed; by judgement of the chief officer: ✔ green {}",
                    grounds("Audit was clean")
                ),
                format!(
                    "6 Carers supported: by judgement of the chief officer: ✖ red {}",
                    grounds("Carers tell us")
                ),
            ] {
                assert!(said.contains(&expected), "{expected}\n{text}");
            }
        }
        let section = page.split_once("<section class=\"outcome").unwrap().1;
        let section =
            section.split_once("id=\"outcome-outcome-2\"").unwrap().1.split_once("<table").unwrap().0;
        let (computed, given) = section.split_once("by judgement of the chief officer:").unwrap();
        assert!(computed.contains("</svg> red</span> 1 amber, 2 red"), "{section}");
        assert!(
            given.contains("</svg> amber</span>")
                && given.contains(&escaped(&grounds("Winter plan at work")))
        );
        let tile = page.split_once("href=\"#outcome-outcome-2\"").unwrap().1.split_once("</a>").unwrap().0;
        assert!(tile.contains("</svg> red</span>") && tile.contains("</svg> amber</span>"), "{tile}");
        let edge =
            format!("<a class=\"tile {}\" href=\"#outcome-outcome-2\"", if counts { "amber" } else { "red" });
        assert!(page.contains(&edge), "{edge}");
        let row = page.split_once(">Best value</th>").unwrap().1.split_once("</tr>").unwrap().0;
        let sum = row.split_once("class=\"sum\"").unwrap().1;
        assert!(sum.contains("</svg> red</span>") && sum.contains("</svg> green</span>"), "{sum}");
        assert!(sum.contains(&escaped(&grounds("Audit was clean"))), "{sum}");
        let gap = page.split_once("<ul class=\"gaps\">").unwrap().1.split_once("</ul>").unwrap().0;
        assert!(
            gap.contains("by judgement of the chief officer:") && gap.contains("Carers tell us"),
            "{gap}"
        );
    }
}

#[test]
fn what_is_overdue_says_so_in_words_and_what_is_not_changes_no_terminal() {
    let text = saying(sample::FRAMEWORK, "GF-3", "available_after = { months = 6 }");
    let (bare, bare_page) = forms(&text, None, None);
    assert!(!bare_page.contains("old</span>"));

    let (texts, page) = forms(&text, Some("2025-03-15"), None);
    assert_eq!(texts, bare, "the age is for the page and for what is overdue");
    assert!(page.contains("<span class=\"under\">11 months old</span>"));
    assert!(!page.contains("overdue"));
    assert!(page.contains(
        &escaped("<dt>Next figures</dt><dd>for 2024/25, due on 2025-09-30</dd>").replace("<&#x2f;", "</")
    ));

    let (texts, page) = forms(&text, Some("2025-10-15"), None);
    for text in &texts {
        let said = flowing(text);
        let title = "overdue: 18 months old; newer data was due on 2025-09-30";
        // In a table, what stands beside it comes between.
        let found = said.contains(title)
            || column(text, "Indicator").contains(title)
            || ["overdue: 18 months old;", "newer data was due on", "2025-09-30"]
                .iter()
                .all(|w| text.contains(w));
        assert!(found, "{text}");
    }
    let row = page.split_once("id=\"indicator-GF-3\"").unwrap().1.split_once("</tr>").unwrap().0;
    assert!(row.contains("<span class=\"mark\">overdue</span> newer data was due on 2025-09-30"), "{row}");
    assert!(row.contains("<span class=\"under\">18 months old</span>"));
    let glance = page.split_once("Newer data overdue</h3>").unwrap().1.split_once("</ul>").unwrap().0;
    assert!(glance.contains("#indicator-GF-3\"") && glance.matches("<li>").count() == 1, "{glance}");
    assert!(page.contains("<dt>Overdue</dt>"));
}

#[test]
fn every_rule_of_rolling_up_in_use_is_told_in_the_key_and_has_its_score_beside_the_colour() {
    for (rule, told, heading) in [
        (
            "roll_up = { share_green = [80, 50] }",
            "An outcome or priority is green where at least 80% of the indicators that count for it are green, \
             amber where at least 50% are, and red below that. What is not assessed does not count.",
            "── 1 Healthier living (invented data): ▲ amber, 50% green: 1 green, 1 amber\n",
        ),
        (
            "roll_up = { weighted_mean = [75, 50] }",
            "An outcome or priority is green where the mean of the indicators that count for it (green 100, amber \
             50, red 0) is at least 75, amber where it is at least 50, and red below that.",
            "── 1 Healthier living (invented data): ✔ green, 75 of 100: 1 green, 1 amber\n",
        ),
        (
            "roll_up = \"majority\"",
            "An outcome or priority has the colour of more than half of the indicators that count for it, and \
             none where no colour has more than half.",
            "── 1 Healthier living (invented data): – no majority: 1 green, 1 amber\n",
        ),
    ] {
        let (texts, page) = forms(&with(rule, ""), None, None);
        for text in &texts {
            assert!(flowing(text).contains(told), "{told}\n{text}");
            assert!(!text.contains("worst colour"), "{text}");
        }
        assert!(texts.last().unwrap().contains(heading), "{heading}\n{}", texts.last().unwrap());
        let beside = heading.trim_end().split_once(": ").unwrap().1;
        if let Some((_, beside)) = beside.split_once(", ").filter(|_| beside.contains("0")) {
            assert!(page.contains(&format!("</span> {beside}</p>")), "{beside}");
        }
        let key = page.split_once("<dl class=\"key\">").unwrap().1;
        let predicate = told.split_once(" is ").or_else(|| told.split_once(" has ")).unwrap().1;
        let predicate = predicate.split_once('.').unwrap().0;
        assert!(
            key.contains(&format!("<div><dt>Outcome, priority</dt><dd>{predicate}.")),
            "{predicate}\n{key}"
        );
    }
    // Rules of single outcomes and priorities are told with their names.
    let mixed = saying(sample::FRAMEWORK, "outcome-1", "roll_up = { share_green = [80, 50] }");
    let mixed = saying(&mixed, "outcome-9", "roll_up = \"majority\"");
    let mixed = saying(&mixed, "early", "roll_up = \"majority\"");
    let (texts, page) = forms(&mixed, None, None);
    for text in &texts {
        let said = flowing(text);
        assert!(
            said.contains("An outcome has the worst colour of the indicators that count for it."),
            "{said}"
        );
        assert!(said.contains("1 Healthier living is green where at least 80% of the indicators"), "{said}");
        let each =
            "Each of 9 Effective use of resources and Early help and prevention has the colour of more than";
        assert!(said.contains(each), "{said}");
    }
    for name in
        ["Outcome, priority", "1 Healthier living", "9 Effective use of resources, Early help and prevention"]
    {
        assert!(page.contains(&format!("<div><dt>{name}</dt>")), "{name}");
    }
    // Where indicators weigh differently, rules speak of weight.
    let weighed = with("roll_up = { share_green = [80, 50] }", "").replacen(
        "outcomes = [{ id = \"outcome-1\" }]",
        "outcomes = [{ id = \"outcome-1\", weight = 3 }]",
        1,
    );
    let (texts, _) = forms(&weighed, None, None);
    let wide = texts.last().unwrap();
    assert!(wide.contains("at least 80% of the weight of the indicators"), "{wide}");
    assert!(wide.contains("▲ amber, 75% green by weight: 1 green, 1 amber\n"), "{wide}");
}

#[test]
fn a_derived_target_says_what_it_was_derived_from() {
    let nation = "\n[[area]]\ncode = \"X37000002\"\nname = \"Elsewhere\"\nkind = \"partnership\"\n\
                  [[area]]\ncode = \"S92000003\"\nname = \"Scotland\"\nkind = \"scotland\"\n\
                  parts = [\"X37000001\", \"X37000002\"]\n";
    for (goal, short, long, aim) in [
        (
            "comparator = \"scotland\"\norigin = \"stretch aim\"",
            "as Scotland, stretch aim",
            "Scotland, 631 in 2023/24",
            "at most 631.35",
        ),
        (
            "comparator = { area = \"S92000003\", percent = -10 }",
            "-10% on Scotland",
            "-10% on Scotland, 631 in 2023/24",
            "at most 568.22",
        ),
        (
            "change = { baseline = \"2017/18\", percent = -10 }",
            "-10% on 2017/18",
            "-10% on 690 in 2017/18",
            "at most 621.09",
        ),
        (
            "trajectory = [{ period = \"2020/21\", value = 700 }, { period = \"2026/27\", value = 400 }]",
            "on the line to 2026/27",
            "on the line from 700 in 2020/21 to 400 in 2026/27",
            "at most 550",
        ),
        (
            "comparator = \"previous period\"",
            "as the previous period",
            "the previous period, 655 in 2022/23",
            "at most 655.2",
        ),
    ] {
        let text = aiming(sample::FRAMEWORK, "GF-3", goal) + nation;
        let (texts, page) = forms(&text, None, None);
        for (text, width) in texts.iter().zip(WIDTHS) {
            let said = match width {
                Some(..76) => flowing(text).replace(" (", " ").replace(')', ""),
                Some(..96) => column(text, "Value, target"),
                _ => column(text, "Target"),
            };
            assert!(said.contains(&format!("{aim} {short}")), "{width:?} {aim} {short}\n{text}");
        }
        let cell = format!("<span>{aim}</span> <span class=\"under\">{}</span>", escaped(long));
        assert!(page.contains(&cell), "{cell}");
    }
    // A target whose value is not known says why.
    let text = aiming(sample::FRAMEWORK, "GF-3", "change = { baseline = \"2010/11\", percent = -10 }");
    let (texts, page) = forms(&text, None, None);
    assert!(flowing(&texts[0]).contains("target: not known (-10% on 2010/11: no data)"), "{}", texts[0]);
    assert!(flowing(&texts[0]).contains("– not assessed: target without value"), "{}", texts[0]);
    assert!(page.contains(
        &escaped("<span class=\"under\">-10% on 2010/11: no data</span>").replace("<&#x2f;", "</")
    ));
}

#[test]
fn an_origin_is_for_the_page_and_the_tolerance_of_a_level_is_told_in_both_forms() {
    let level =
        "\n[[level]]\nid = \"board\"\ntitle = \"Integration joint board\"\ntolerance = { points = 120 }\n";
    let national =
        sample::FRAMEWORK.replace("value = 600\n", "value = 600\norigin = \"national standard\"\n");
    let (bare, _) = forms(sample::FRAMEWORK, None, None);
    let (texts, page) = forms(&national, None, None);
    assert_eq!(texts, bare, "the origin of a fixed target is not for the terminal");
    assert!(page.contains("<span>at most 600</span> <span class=\"under\">national standard</span>"));

    let (texts, page) = forms(&(national + level), None, Some("board"));
    for (text, width) in texts.iter().zip(WIDTHS) {
        let said = match width {
            Some(..76) => flowing(text).replace("720,", "720"),
            Some(..96) => column(text, "Value, target"),
            _ => column(text, "Target"),
        };
        assert!(said.contains("amber to 720 tolerance of the level"), "{width:?} {text}");
    }
    assert!(page.contains(
        "<span class=\"under\">amber to 720</span> <span class=\"under\">tolerance of the level</span>"
    ));
    assert!(page.contains("; tolerance 120 points of the level; national standard"), "among the facts");
}

#[test]
fn perspectives_stand_like_priorities_with_their_indicators() {
    let text = saying(sample::FRAMEWORK, "GF-1", "perspective = \"People\"");
    let text = saying(&text, "GF-4", "perspective = \"Finance\"");
    let text = saying(&text, "GF-3", "perspective = \"People\"");
    let (texts, page) = forms(&text, None, None);
    let wide = texts.last().unwrap();
    let expected = "── Perspectives (invented data)\n  People: ✖ red: 1 green, 1 red\n  Finance: ▲ 1 amber\n";
    assert!(wide.contains(expected), "{wide}");
    let section = page.split_once("<h2 id=\"perspectives\">").unwrap().1.split_once("</section>").unwrap().0;
    let people = section.split_once(">People</th>").unwrap().1.split_once("</tr>").unwrap().0;
    assert!(people.contains("</svg> red</span>") && people.contains("1 green, 1 red"), "{people}");
    assert!(people.contains("#indicator-GF-1\"") && people.contains("#indicator-GF-3\""), "{people}");
    assert!(page.contains("<dt>Outcome, priority, perspective</dt>"));
}

#[test]
fn a_trend_of_three_periods_or_more_is_said_to_run_and_widens_no_table() {
    let (texts, page) = forms(sample::FRAMEWORK, None, None);
    // GF-2 has risen three times running, GF-1 twice.
    let row = |id: &str| {
        page.split_once(&format!("id=\"indicator-{id}\"")).unwrap().1.split_once("</tr>").unwrap().0
    };
    assert!(
        row("GF-2").contains("worse,</span> <span class=\"under\">3 periods running</span>"),
        "{}",
        row("GF-2")
    );
    assert!(!row("GF-1").contains("running"));
    assert!(texts[0].contains("worse, 3 running"), "{}", texts[0]);
    for text in &texts[2..] {
        assert!(!text.contains("running"), "no room: {text}");
    }
}

#[test]
fn what_is_new_keeps_to_the_width_and_to_the_text() {
    let entries = judged("indicator = \"GF-3\"", "green", HOSTILE)
        + &judged("outcome = \"outcome-2\"", "amber", HOSTILE)
        + &judged("priority = \"value\"", "green", HOSTILE);
    let entries = entries.replace("the chief officer", HOSTILE);
    let text = with("manual_status = \"counts\"\nroll_up = { weighted_mean = [75, 50] }", &entries);
    let text =
        saying(&text, "GF-3", &format!("available_after = {{ days = 1 }}\nperspective = \"{HOSTILE}\""));
    let text = aiming(&text, "GF-2", "comparator = \"previous period\"\norigin = \"stretch aim\"");
    let framework = sample::framework(&text);
    let histories = sample::histories();
    let card = sample::card_on(&framework, &histories, Some("2025-10-15"), None);
    let context = sample::context(&framework, &histories);
    for width in [32, 40, 60, 75, 76, 80, 95, 96, 120, 200] {
        for line in terminal(&card, &context, Some(width), false).lines() {
            assert!(columns(line) <= usize::from(width), "{width}: {line}");
            assert!(line.chars().all(|c| !c.is_control()), "{line}");
        }
    }
    let page = html(&card, &context);
    assert!(!well_formed(&page).iter().any(|name| name == "script"));
    assert!(!page.contains("<script") && !page.contains('\u{1b}') && !page.contains('\u{202e}'));
    let captions = all_between(&page, "<caption>", "</caption>");
    assert_eq!(captions.len(), page.matches("<table").count());
    assert!(captions.iter().all(|caption| caption.starts_with("INVENTED DATA: ")), "{captions:?}");
    let ids: BTreeSet<&str> = all_between(&page, " id=\"", "\"").into_iter().collect();
    for link in all_between(&page, "href=\"#", "\"") {
        assert!(ids.contains(link), "#{link} leads nowhere");
    }
}

#[test]
fn the_key_tells_how_trends_are_taken_where_that_is_not_as_usual() {
    let rule = "trend = { basis = \"year on year\", window = 3, minimum = { percent = 1 } }";
    let (texts, page) = forms(&with(rule, ""), None, None);
    let told = "short: against the same period a year before; long: against the mean of the same period in up to \
                three years before; a change below the indicator's least one is steady.";
    assert!(texts.iter().all(|text| flowing(text).contains(told)), "{}", texts[0]);
    assert!(
        page.contains("Short: against the same period a year before. Long: against the mean of the same")
    );
}
