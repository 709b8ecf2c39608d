//! The figures of many series in few bytes each: a national file has tens of millions of them.
//!
//! They are written as they come and read back in that order. Knows neither keys nor files.

use super::batch::Point;
use kilter_core::series::{Absence, Marks, Observation, Reading};

/// The bytes of a link of a chain.
const LINK: usize = 60;
/// How many links are made at once.
const PAGE: usize = 1 << 14;

/// Powers of ten by which a number may be scaled; one with more decimals is written in full.
const SCALES: [f64; 5] = [1.0, 10.0, 100.0, 1_000.0, 10_000.0];
/// How a whole number is written: the first of the scales.
const WHOLE: u8 = 0;
/// How a number is written in full.
const RAW: u8 = 5;
/// A pair of numbers; the absences come after it, as they are named.
const PAIR: u8 = 6;
/// A stretch of whole numbers: how many, the period and the line of the first, then the numbers.
const STRETCH: u8 = 64;
/// The bit of a head that says that marks follow.
const MARKED: u8 = 128;
/// Whole numbers up to this are numbers of that many units, and no others.
const MOST_WHOLE: i64 = 1 << 53;

/// The whole number that a number is.
#[inline]
pub(crate) fn whole(value: f64) -> Option<i64> {
    let whole = value as i64;
    ((-MOST_WHOLE..=MOST_WHOLE).contains(&whole) && (whole as f64).to_bits() == value.to_bits())
        .then_some(whole)
}

/// The whole number that is all that an observation says.
pub(crate) fn whole_of(observation: &Observation) -> Option<i64> {
    match observation.reading() {
        Reading::Number(value) if observation.marks() == Marks::NONE => whole(value),
        _ => None,
    }
}

/// Whole numbers of periods that follow one another, on lines that do.
#[derive(Debug, Default)]
pub(crate) struct Stretch {
    ordinal: i32,
    line: u64,
    numbers: u32,
    written: Bytes,
}

impl Stretch {
    /// Begins anew.
    pub fn begin(&mut self, ordinal: i32, line: u64, number: i64) {
        (self.ordinal, self.line, self.numbers) = (ordinal, line, 1);
        self.written.0.clear();
        self.written.signed(number);
    }

    /// Adds a number where it follows on those that there are.
    #[inline]
    pub fn extend(&mut self, ordinal: i32, line: u64, number: i64) -> bool {
        let n = self.numbers;
        let follows = i64::from(ordinal) - i64::from(self.ordinal) == i64::from(n)
            && line.wrapping_sub(self.line) == u64::from(n);
        // Longer ones would only take memory.
        let takes = follows && (1..MOST_IN_STRETCH).contains(&n);
        if takes {
            self.written.signed(number);
            self.numbers += 1;
        }
        takes
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.numbers == 0
    }
}

/// The most numbers in a stretch.
const MOST_IN_STRETCH: u32 = 4096;

/// A stretch of bytes and the link that comes after it.
#[derive(Debug, Clone, Copy)]
struct Link {
    bytes: [u8; LINK],
    next: Option<u32>,
}

/// The figures of all series.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    pages: Vec<Box<[Link]>>,
    used: usize,
    /// Memory for what is written next.
    bytes: Bytes,
}

/// Where the figures of one series are in their pool.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Chain {
    /// The first and the last link; the same where there is one.
    ends: Option<(u32, u32)>,
    /// How many bytes of the last link are taken.
    taken: u8,
    figures: u32,
    last: i32,
    line: u64,
    /// Whether a period came that is not after the one before it.
    falls: bool,
    /// Whether anything came but numbers without marks.
    mixed: bool,
}

impl Chain {
    /// How many figures it has.
    pub fn len(&self) -> usize {
        self.figures as usize
    }

    /// Whether its figures came in order of time, one for each period.
    pub fn ascends(&self) -> bool {
        !self.falls
    }
}

impl Pool {
    fn link(&mut self, n: u32) -> &mut Link {
        &mut self.pages[n as usize / PAGE][n as usize % PAGE]
    }

    /// An empty link. There are enough numbers for 240 GB.
    fn make(&mut self) -> u32 {
        if self.used == self.pages.len() * PAGE {
            self.pages.push(vec![Link { bytes: [0; LINK], next: None }; PAGE].into_boxed_slice());
        }
        self.used += 1;
        u32::try_from(self.used - 1).expect("no file has so many figures")
    }

    /// Adds a figure to a chain.
    pub fn push(&mut self, chain: &mut Chain, point: Point) {
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.0.clear();
        bytes.point(&point, chain);
        let is_number = matches!(point.observation.reading(), Reading::Number(_));
        chain.mixed |= !is_number || point.observation.marks() != Marks::NONE;
        chain.falls |= chain.figures > 0 && point.ordinal <= chain.last;
        chain.figures += 1;
        (chain.last, chain.line) = (point.ordinal, point.line);
        self.put(chain, &bytes.0);
        self.bytes = bytes;
    }

    /// Adds the numbers of a stretch to a chain, and leaves the stretch empty.
    pub fn push_stretch(&mut self, chain: &mut Chain, stretch: &mut Stretch) {
        let mut head = std::mem::take(&mut self.bytes);
        head.0.clear();
        let one = stretch.numbers == 1;
        if one {
            // As any number, which takes a byte less.
            head.byte(WHOLE);
            head.0.extend_from_slice(&stretch.written.0);
        } else {
            head.byte(STRETCH);
            head.varint(u64::from(stretch.numbers));
        }
        head.signed(i64::from(stretch.ordinal) - i64::from(chain.last));
        head.signed(stretch.line.wrapping_sub(chain.line).cast_signed());
        self.put(chain, &head.0);
        self.bytes = head;
        if !one {
            self.put(chain, &stretch.written.0);
        }
        chain.falls |= chain.figures > 0 && stretch.ordinal <= chain.last;
        chain.figures += stretch.numbers;
        // The last number was added, so that there are such a period and line.
        chain.last = stretch.ordinal.wrapping_add_unsigned(stretch.numbers - 1);
        chain.line = stretch.line.wrapping_add(u64::from(stretch.numbers - 1));
        stretch.numbers = 0;
    }

    /// Writes bytes at the end of a chain.
    fn put(&mut self, chain: &mut Chain, mut rest: &[u8]) {
        while !rest.is_empty() {
            let last = match chain.ends {
                Some((_, last)) if usize::from(chain.taken) < LINK => last,
                Some((first, last)) => {
                    // Where a chain is written anew, the links it had are there.
                    let next = self.link(last).next.unwrap_or_else(|| self.make());
                    self.link(last).next = Some(next);
                    (chain.ends, chain.taken) = (Some((first, next)), 0);
                    next
                }
                None => {
                    let first = self.make();
                    chain.ends = Some((first, first));
                    first
                }
            };
            let taken = usize::from(chain.taken);
            let (now, later) = rest.split_at(rest.len().min(LINK - taken));
            self.link(last).bytes[taken..taken + now.len()].copy_from_slice(now);
            chain.taken += now.len() as u8;
            rest = later;
        }
    }

    /// The figures of a chain, in the order in which they came.
    pub fn points(&self, chain: &Chain) -> Vec<Point> {
        self.each(chain).collect()
    }

    /// The same, one after another.
    pub fn each(&self, chain: &Chain) -> impl Iterator<Item = Point> {
        let mut reader = Reader { bytes: self.bytes(chain), at: 0, left: 0 };
        let (mut ordinal, mut line) = (0, 0);
        (0..chain.figures).map(move |_| {
            let point = reader.point(ordinal, line);
            (ordinal, line) = (point.ordinal, point.line);
            point
        })
    }

    /// The periods and numbers of a chain that has nothing else.
    pub fn numbers(&self, chain: &Chain) -> Option<(Vec<i32>, Vec<f64>)> {
        if chain.mixed {
            return None;
        }
        let mut reader = Reader { bytes: self.bytes(chain), at: 0, left: 0 };
        let (mut ordinals, mut values) = (Vec::with_capacity(chain.len()), Vec::with_capacity(chain.len()));
        let mut last = 0;
        while values.len() < chain.len() {
            match reader.byte() {
                STRETCH => {
                    let n = reader.varint();
                    let first = reader.ordinal(last);
                    reader.signed();
                    last = first.wrapping_add_unsigned(n as u32 - 1);
                    ordinals.extend(first..=last);
                    values.extend((0..n).map(|_| reader.signed() as f64));
                }
                form => {
                    values.push(reader.number(form));
                    last = reader.ordinal(last);
                    reader.signed();
                    ordinals.push(last);
                }
            }
        }
        Some((ordinals, values))
    }

    /// The bytes of all links of a chain, the last one whole.
    fn bytes(&self, chain: &Chain) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(chain.len() * 8 + LINK);
        let mut next = chain.ends;
        while let Some((n, last)) = next {
            let link = &self.pages[n as usize / PAGE][n as usize % PAGE];
            bytes.extend_from_slice(&link.bytes);
            next = link.next.filter(|_| n != last).map(|n| (n, last));
        }
        bytes
    }

    /// Puts other figures in the place of those of a chain.
    pub fn replace(&mut self, chain: &mut Chain, points: &[Point]) {
        *chain = Chain { ends: chain.ends.map(|(first, _)| (first, first)), ..Chain::default() };
        points.iter().for_each(|point| self.push(chain, *point));
    }
}

/// Figures as they are written.
#[derive(Debug, Default)]
struct Bytes(Vec<u8>);

impl Bytes {
    #[inline]
    fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    #[inline]
    fn varint(&mut self, mut n: u64) {
        while n >= 128 {
            self.byte(n as u8 | 128);
            n >>= 7;
        }
        self.byte(n as u8);
    }

    fn signed(&mut self, n: i64) {
        self.varint(((n << 1) ^ (n >> 63)).cast_unsigned());
    }

    fn point(&mut self, point: &Point, chain: &Chain) {
        let marks = point.observation.marks();
        let marked = if marks == Marks::NONE { 0 } else { MARKED };
        match point.observation.reading() {
            Reading::Number(value) => self.number(value, marked),
            Reading::Pair { numerator, denominator } => {
                self.byte(PAIR | marked);
                self.number(numerator, 0);
                self.number(denominator, 0);
            }
            Reading::Absent(absence) => {
                let known = Absence::NAMES.iter().position(|(_, known)| *known == absence);
                let place = known.expect("every absence has a name");
                self.byte((PAIR + 1 + place as u8) | marked);
            }
        }
        if marked != 0 {
            self.varint(u64::from(marks.bits()));
        }
        self.signed(i64::from(point.ordinal) - i64::from(chain.last));
        // Lines nearly always ascend; where they do not, the difference wraps and is long.
        self.signed(point.line.wrapping_sub(chain.line).cast_signed());
    }

    fn number(&mut self, value: f64, marked: u8) {
        for (place, &scale) in (0u8..).zip(&SCALES) {
            let units = (value * scale).round();
            // Beyond that, whole numbers take more bytes than the number itself.
            if units.abs() < 1e15 && (units / scale).to_bits() == value.to_bits() {
                self.byte(place | marked);
                self.signed(units as i64);
                return;
            }
        }
        self.byte(RAW | marked);
        self.0.extend(value.to_bits().to_le_bytes());
    }
}

/// Reads figures from the bytes of a chain, which ends with its last.
struct Reader {
    bytes: Vec<u8>,
    at: usize,
    /// How many figures are left of a stretch that was begun.
    left: u64,
}

impl Reader {
    fn byte(&mut self) -> u8 {
        let byte = self.bytes[self.at];
        self.at += 1;
        byte
    }

    fn varint(&mut self) -> u64 {
        let first = self.byte();
        if first < 128 {
            return u64::from(first);
        }
        let (mut n, mut shift) = (u64::from(first & 127), 7);
        loop {
            let byte = self.byte();
            n |= u64::from(byte & 127) << shift;
            if byte < 128 {
                return n;
            }
            shift += 7;
        }
    }

    fn signed(&mut self) -> i64 {
        let n = self.varint();
        (n >> 1).cast_signed() ^ -((n & 1).cast_signed())
    }

    fn number(&mut self, form: u8) -> f64 {
        match SCALES.get(usize::from(form)) {
            Some(scale) => self.signed() as f64 / scale,
            None => f64::from_bits(u64::from_le_bytes(std::array::from_fn(|_| self.byte()))),
        }
    }

    /// The period after the one before.
    fn ordinal(&mut self, before: i32) -> i32 {
        (i64::from(before) + self.signed()) as i32
    }

    fn whole(&mut self) -> Observation {
        Observation::number(self.signed() as f64).expect("it was one when it was written")
    }

    fn point(&mut self, ordinal: i32, line: u64) -> Point {
        if self.left > 0 {
            self.left -= 1;
            return Point {
                ordinal: ordinal.wrapping_add(1),
                observation: self.whole(),
                line: line.wrapping_add(1),
            };
        }
        let head = self.byte();
        if head == STRETCH {
            self.left = self.varint() - 1;
            let ordinal = self.ordinal(ordinal);
            let line = line.wrapping_add(self.signed().cast_unsigned());
            return Point { ordinal, observation: self.whole(), line };
        }
        let observation = match head & !MARKED {
            PAIR => {
                let form = self.byte();
                let numerator = self.number(form);
                let form = self.byte();
                Observation::pair(numerator, self.number(form)).expect("it was one when it was written")
            }
            form if form < PAIR => {
                Observation::number(self.number(form)).expect("it was one when it was written")
            }
            absent => Observation::absent(Absence::NAMES[usize::from(absent - PAIR - 1)].1),
        };
        let bits = if head & MARKED == 0 { 0 } else { self.varint() };
        let marks = u16::try_from(bits).ok().and_then(Marks::from_bits).expect("they were when written");
        let ordinal = self.ordinal(ordinal);
        let line = line.wrapping_add(self.signed().cast_unsigned());
        Point { ordinal, observation: observation.marked(marks), line }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn observation() -> impl Strategy<Value = Observation> {
        let decimals = (-4_000_000i32..4_000_000, 0usize..6)
            .prop_map(|(n, d)| f64::from(n) / [1.0, 10.0, 100.0, 1e3, 1e4, 3.0][d]);
        let number =
            prop_oneof![decimals, prop::num::f64::NORMAL | prop::num::f64::ZERO | prop::num::f64::SUBNORMAL];
        let number = move || number.clone();
        let reading = prop_oneof![
            number().prop_map(|value| Observation::number(value).unwrap()),
            (number(), number()).prop_map(|(a, b)| Observation::pair(a, b).unwrap()),
            prop::sample::select(&Absence::NAMES[..]).prop_map(|(_, why)| Observation::absent(why)),
        ];
        let names: Vec<Marks> = Marks::NAMES.iter().map(|(_, mark)| *mark).collect();
        (reading, prop::collection::vec(prop::sample::select(names), 0..3))
            .prop_map(|(o, marks)| marks.into_iter().fold(o, Observation::marked))
    }

    fn point() -> impl Strategy<Value = Point> {
        let ordinal = prop_oneof![0i32..30, any::<i32>()];
        let line = prop_oneof![0u64..3_000, any::<u64>()];
        (ordinal, observation(), line).prop_map(|(ordinal, observation, line)| Point {
            ordinal,
            observation,
            line,
        })
    }

    /// One figure, or some that follow one another, whole numbers most of all.
    fn pushed() -> impl Strategy<Value = Vec<Point>> {
        let whole =
            prop_oneof![9 => (0i64..300).prop_map(|n| n as f64), 1 => any::<i64>().prop_map(|n| n as f64)];
        let number = prop_oneof![
            20 => whole.prop_map(|n| Observation::number(n).unwrap()),
            1 => observation(),
        ];
        let follow = (-30i32..30, 0u64..3_000, prop::collection::vec(number, 1..20)).prop_map(
            |(ordinal, line, numbers)| {
                let point = |(i, observation)| Point {
                    ordinal: ordinal + i as i32,
                    observation,
                    line: line + i as u64,
                };
                numbers.into_iter().enumerate().map(point).collect()
            },
        );
        prop_oneof![point().prop_map(|point| vec![point]), follow]
    }

    fn bits(points: &[Point]) -> Vec<String> {
        let number = |value: f64| value.to_bits();
        let each = points.iter().map(|p| {
            let reading = match p.observation.reading() {
                Reading::Number(value) => format!("{:x}", number(value)),
                Reading::Pair { numerator, denominator } => {
                    format!("{:x}/{:x}", number(numerator), number(denominator))
                }
                Reading::Absent(absence) => format!("{absence:?}"),
            };
            format!("{} {reading} {} {}", p.ordinal, p.observation.marks().bits(), p.line)
        });
        each.collect()
    }

    proptest! {
        #[test]
        fn what_is_written_in_any_order_of_series_comes_back_bit_for_bit(
            pushed in prop::collection::vec((0usize..4, pushed()), 0..200),
            anew in prop::collection::vec(point(), 0..60),
        ) {
            let mut pool = Pool::default();
            let mut chains = [Chain::default(); 4];
            let mut expected: [Vec<Point>; 4] = Default::default();
            for (of, points) in pushed {
                let mut stretch = Stretch::default();
                for point in &points {
                    let number = whole_of(&point.observation);
                    let extends = number.is_some_and(|number| stretch.extend(point.ordinal, point.line, number));
                    if !extends {
                        if !stretch.is_empty() {
                            pool.push_stretch(&mut chains[of], &mut stretch);
                        }
                        match number {
                            Some(number) => stretch.begin(point.ordinal, point.line, number),
                            None => pool.push(&mut chains[of], *point),
                        }
                    }
                }
                if !stretch.is_empty() {
                    pool.push_stretch(&mut chains[of], &mut stretch);
                }
                expected[of].extend(points);
            }
            // One is written anew, longer or shorter, and goes on.
            let rest = expected[1].split_off(expected[1].len() / 2);
            pool.replace(&mut chains[1], &anew);
            rest.iter().for_each(|point| pool.push(&mut chains[1], *point));
            expected[1] = [anew, rest].concat();
            for (chain, expected) in chains.iter().zip(&expected) {
                prop_assert_eq!(bits(&pool.points(chain)), bits(expected));
                prop_assert_eq!(chain.len(), expected.len());
                let ascends = expected.windows(2).all(|pair| pair[0].ordinal < pair[1].ordinal);
                prop_assert_eq!(chain.ascends(), ascends);
                let is_plain = |p: &Point| {
                    matches!(p.observation.reading(), Reading::Number(_)) && p.observation.marks() == Marks::NONE
                };
                let numbers = pool.numbers(chain);
                prop_assert_eq!(numbers.is_some(), expected.iter().all(is_plain));
                if let Some((ordinals, values)) = numbers {
                    prop_assert!(ordinals.into_iter().eq(expected.iter().map(|p| p.ordinal)));
                    let bits = |p: &Point| p.observation.value().map(f64::to_bits);
                    prop_assert!(values.iter().map(|v| Some(v.to_bits())).eq(expected.iter().map(bits)));
                }
            }
        }
    }

    #[test]
    fn a_count_of_a_national_file_takes_about_eight_bytes() {
        let mut pool = Pool::default();
        let mut chains = vec![Chain::default(); 1_000];
        for month in 0..120 {
            for (of, chain) in chains.iter_mut().enumerate() {
                let observation = Observation::number((1_000 + of * 7 % 500) as f64).unwrap();
                // As where 350,000 series stand below one another, month after month.
                pool.push(
                    chain,
                    Point { ordinal: 24_000 + month, observation, line: month as u64 * 350_000 + of as u64 },
                );
            }
        }
        let each = (pool.used * size_of::<Link>()) as f64 / 120_000.0;
        assert!(each < 8.6, "{each} bytes");
    }
}
