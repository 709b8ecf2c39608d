//! Inequality and life expectancy by hand: the sums as the pages write them, plain and uncompensated.

/// An index or range of inequality of the rates of groups, the most deprived first.
pub fn inequality(measure: &str, groups: &Option<Vec<(f64, f64)>>, per: f64) -> Option<f64> {
    let groups = groups.as_ref()?;
    let everyone: f64 = groups.iter().map(|(_, people)| people).sum();
    let of_all = groups.iter().map(|(events, _)| events).sum::<f64>() * per / everyone;
    // Share, rank and rate of each group.
    let mut before = 0.0;
    let placed: Vec<(f64, f64, f64)> = groups
        .iter()
        .map(|(events, people)| {
            let share = people / everyone;
            before += share;
            (share, before - share / 2.0, events * per / people)
        })
        .collect();
    let sum = |of: &dyn Fn(f64, f64, f64) -> f64| placed.iter().map(|(a, b, r)| of(*a, *b, *r)).sum::<f64>();
    let (rank, rate) = (sum(&|a, b, _| a * b), sum(&|a, _, r| a * r));
    let fall = -sum(&|a, b, r| a * (b - rank) * (r - rate)) / sum(&|a, b, _| a * (b - rank).powi(2));
    let (most, least) = (placed.first()?.2, placed.last()?.2);
    // Where nobody has a rate above zero no end exceeds the other.
    let relative = if of_all == 0.0 { 0.0 } else { fall / of_all };
    match measure {
        "slope index" => Some(fall),
        "relative index" => Some(relative),
        "relative percent" => Some(relative * 50.0),
        "attributable percent" if least > 0.0 => {
            let above = sum(&|a, _, r| a * (r / least - 1.0));
            Some(above / (1.0 + above) * 100.0)
        }
        "absolute range" => Some(most - least),
        "relative range" if least > 0.0 => Some(most / least),
        _ => None,
    }
}

/// The life expectancy at the beginning of a band, of deaths and people by bands that begin at those ages;
/// nothing for few people, and where the last band never dies. Whether it is too unsure to be given is the
/// caller's to say.
pub fn life_expectancy(starts: &[f64], figures: &Option<Vec<(f64, f64)>>, at: usize) -> Option<f64> {
    let figures = figures.as_ref()?;
    let people: f64 = figures.iter().map(|(_, people)| people).sum();
    if people <= 5000.0 || figures.last()?.0 == 0.0 || figures.iter().any(|(deaths, people)| deaths > people)
    {
        return None;
    }
    let (mut alive, mut reaching, mut years) = (1.0, 0.0, 0.0);
    for (place, (deaths, people)) in figures.iter().enumerate() {
        let rate = deaths / people;
        if place == at {
            reaching = alive;
        }
        let lived = match starts.get(place + 1) {
            None => alive / rate,
            Some(next) => {
                let width = next - starts[place];
                let share = if starts[place] == 0.0 && width == 1.0 { 0.1 } else { 0.5 };
                let dying = if *deaths > people / width / share {
                    1.0
                } else {
                    rate * width / (1.0 + rate * width * (1.0 - share))
                };
                let surviving = alive * (1.0 - dying);
                let lived = width * (surviving + share * (alive - surviving));
                alive = surviving;
                lived
            }
        };
        if place >= at {
            years += lived;
        }
    }
    (reaching > 0.0).then_some(years / reaching)
}
