//! Arguments as R gives them, read as the engine wants them: texts, days, numbers, columns. Nothing is
//! guessed; what is none of those expected is refused with the name of the argument.

use crate::failure::Failure;
use crate::frame::{column, kind};
use extendr_api::na::CanBeNA;
use extendr_api::{Attributes, Function, Length, List, Rinternals, Robj, Rtype, Types};
use kilter::asked;
use kilter::engine::AsAt;
use kilter::{Date, engine};
use kilter_methods::{Days, Numbers, Texts};
use std::fmt::Display;
use std::str::FromStr;

/// The arguments of a verb, by name.
pub struct Arguments(Vec<(String, Robj)>);

impl Arguments {
    /// Reads a list with names.
    pub fn read(given: &Robj) -> Result<Self, Failure> {
        let list =
            List::try_from(given).map_err(|_| Failure::Fault("the arguments are no list".to_owned()))?;
        Ok(Self(list.iter().map(|(name, value)| (name.to_owned(), value)).collect()))
    }

    /// What stands under a name, but for NULL.
    pub fn given(&self, name: &str) -> Option<&Robj> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
            .filter(|value| !value.is_null())
    }

    fn refused(name: &str, expected: &str, found: &Robj) -> Failure {
        Failure::Argument(format!("{name}: {expected} expected, and this is {}", kind(found)))
    }

    /// A column of another type than the method needs.
    fn not_of(expected: &str, name: &str, found: &Robj) -> Failure {
        Failure::Data(format!("{name}: {expected} were expected, and this is {}", kind(found)))
    }

    /// Several texts; none where nothing is given. A factor stands for its labels.
    pub fn texts(&self, name: &str) -> Result<Vec<String>, Failure> {
        let Some(given) = self.given(name) else { return Ok(Vec::new()) };
        let cells = plain_texts(given).ok_or_else(|| Self::refused(name, "text was", given))?;
        if cells.is_empty() {
            return Err(Failure::Argument(format!(
                "{name}: there is nothing in it; leave the argument out to ask for all"
            )));
        }
        let known =
            |cell: Option<String>| cell.ok_or_else(|| Failure::Argument(format!("{name}: one is NA")));
        cells.into_iter().map(known).collect()
    }

    /// One text.
    pub fn text(&self, name: &str) -> Result<Option<String>, Failure> {
        let Some(given) = self.given(name) else { return Ok(None) };
        match self.texts(name)?.as_slice() {
            [one] => Ok(Some(one.clone())),
            _ => Err(Self::refused(name, "one text was", given)),
        }
    }

    /// One text that has to be there.
    pub fn needed(&self, name: &str) -> Result<String, Failure> {
        let found = self.text(name)?;
        found.ok_or_else(|| Failure::Argument(format!("{name}: a text was expected, and nothing is given")))
    }

    /// One text read as something else.
    pub fn parsed<T: FromStr<Err: Display>>(&self, name: &str) -> Result<Option<T>, Failure> {
        let text = self.text(name)?;
        text.map(|text| text.parse().map_err(|error: T::Err| Failure::Argument(error.to_string())))
            .transpose()
    }

    /// A `Date` of R as text; `None` where it is none.
    fn date_text(name: &str, given: &Robj) -> Result<Option<String>, Failure> {
        if given.inherits("POSIXt") {
            return Err(Failure::Argument(format!(
                "{name}: a moment has a time of day and a time zone; give a Date"
            )));
        }
        if !given.inherits("Date") {
            return Ok(None);
        }
        let days = column(name, given)?.days(0).map_err(|problem| Failure::Argument(problem.to_string()))?;
        match days[..] {
            [Some(day)] => Ok(Some(day.to_string())),
            _ => Err(Self::refused(name, "one day was", given)),
        }
    }

    /// A period as the field writes it, or a day.
    pub fn period(&self, name: &str) -> Result<Option<String>, Failure> {
        let Some(given) = self.given(name) else { return Ok(None) };
        match Self::date_text(name, given)? {
            Some(day) => Ok(Some(day)),
            None => self.text(name),
        }
    }

    /// A day.
    pub fn day(&self, name: &str) -> Result<Option<Date>, Failure> {
        self.period(name)?.map(|text| asked::date(&text).map_err(Failure::Argument)).transpose()
    }

    /// A day; today where nothing is given.
    pub fn day_or_today(&self, name: &str) -> Result<Date, Failure> {
        Ok(self.day(name)?.unwrap_or_else(engine::today))
    }

    /// As known when: a day, or the number of a release; the latest where nothing is given.
    pub fn as_at(&self, name: &str) -> Result<AsAt, Failure> {
        let Some(given) = self.given(name) else { return Ok(AsAt::Latest) };
        let text = match Self::date_text(name, given)? {
            Some(day) => day,
            None if given.is_number() && !given.inherits("Date") => {
                self.whole::<u32>(name)?.unwrap_or(0).to_string()
            }
            None => self.text(name)?.unwrap_or_default(),
        };
        asked::as_at(&text).map_err(Failure::Argument)
    }

    /// One number.
    pub fn number(&self, name: &str) -> Result<Option<f64>, Failure> {
        let Some(given) = self.given(name) else { return Ok(None) };
        match self.numbers(name)?[..] {
            [Some(one)] => Ok(Some(one)),
            _ => Err(Self::refused(name, "one number was", given)),
        }
    }

    /// One number that has to be there.
    pub fn needed_number(&self, name: &str) -> Result<f64, Failure> {
        let found = self.number(name)?;
        found.ok_or_else(|| Failure::Argument(format!("{name}: a number was expected, and nothing is given")))
    }

    /// One whole number that is not below zero.
    pub fn whole<T: TryFrom<i64>>(&self, name: &str) -> Result<Option<T>, Failure> {
        let Some(found) = self.number(name)? else { return Ok(None) };
        let number = (found.fract() == 0.0 && (0.0..9e15).contains(&found)).then_some(found as i64);
        let number = number.and_then(|number| T::try_from(number).ok());
        let refused = || {
            Failure::Argument(format!(
                "{name}: a whole number, not below zero, was expected, and this is {found}"
            ))
        };
        number.ok_or_else(refused).map(Some)
    }

    /// One whole number that has to be there.
    pub fn needed_whole<T: TryFrom<i64>>(&self, name: &str) -> Result<T, Failure> {
        let found = self.whole(name)?;
        found.ok_or_else(|| Failure::Argument(format!("{name}: a number was expected, and nothing is given")))
    }

    /// Places, which R counts from 1, counted from 0.
    pub fn places(&self, name: &str) -> Result<Vec<usize>, Failure> {
        let Some(_) = self.given(name) else { return Ok(Vec::new()) };
        let place = |cell: Option<f64>| {
            let whole = cell.filter(|place| place.fract() == 0.0 && (1.0..9e15).contains(place));
            whole.map(|place| place as usize - 1).ok_or_else(|| {
                let found = cell.map_or_else(|| "NA".to_owned(), |place| place.to_string());
                Failure::Argument(format!("{name}: places are counted from 1, and this is {found}"))
            })
        };
        self.numbers(name)?.into_iter().map(place).collect()
    }

    /// TRUE or FALSE.
    pub fn flag(&self, name: &str) -> Result<bool, Failure> {
        let Some(given) = self.given(name) else { return Ok(false) };
        given.as_bool().ok_or_else(|| Self::refused(name, "TRUE or FALSE was", given))
    }

    /// A function.
    pub fn function(&self, name: &str) -> Result<Option<Function>, Failure> {
        let Some(given) = self.given(name) else { return Ok(None) };
        Function::try_from(given).map(Some).map_err(|_| Self::refused(name, "a function was", given))
    }

    /// A column of numbers; NaN is nothing, as NA is.
    pub fn numbers(&self, name: &str) -> Result<Numbers, Failure> {
        let Some(given) = self.given(name) else {
            return Err(Failure::Data(format!(
                "{name}: a column of numbers was expected, and nothing is given"
            )));
        };
        // A class or a shape says that the doubles below mean something else, or more.
        let plain = !given.is_object() && given.get_attrib("dim").is_none();
        if let (true, Some(cells)) = (plain, given.as_real_slice()) {
            return Ok(cells.iter().map(|value| (!value.is_nan()).then_some(*value)).collect());
        }
        column(name, given)?.numbers(0).map_err(|_| Self::not_of("numbers", name, given))
    }

    /// A column of numbers where one is given.
    pub fn optional_numbers(&self, name: &str) -> Result<Option<Numbers>, Failure> {
        self.given(name).map(|_| self.numbers(name)).transpose()
    }

    /// A column of texts; numbers are read as they print, so that ages and years may be keys.
    pub fn text_column(&self, name: &str) -> Result<Texts, Failure> {
        let Some(given) = self.given(name) else {
            return Err(Failure::Data(format!(
                "{name}: a column of texts was expected, and nothing is given"
            )));
        };
        let columns = column(name, given)?;
        if let Ok(numbers) = columns.numbers(0) {
            return Ok(numbers.into_iter().map(|cell| cell.map(|number| number.to_string())).collect());
        }
        columns.texts(0).map_err(|_| Self::not_of("texts", name, given))
    }

    /// A column of days.
    pub fn days(&self, name: &str) -> Result<Days, Failure> {
        let Some(given) = self.given(name) else {
            return Err(Failure::Data(format!(
                "{name}: a column of Dates was expected, and nothing is given"
            )));
        };
        column(name, given)?.days(0).map_err(|_| Self::not_of("Dates", name, given))
    }
}

/// The cells of text or of a factor.
fn plain_texts(given: &Robj) -> Option<Vec<Option<String>>> {
    if given.is_factor() || given.rtype() == Rtype::Strings {
        return column("", given).ok()?.texts(0).ok();
    }
    // A single NA is logical in R.
    let na = given.rtype() == Rtype::Logicals && given.len() == 1 && given.as_logical()?.is_na();
    na.then(|| vec![None])
}

/// Texts with names, such as the documents of a framework.
pub fn named_texts(given: &Robj) -> Result<Vec<(String, String)>, Failure> {
    let refused =
        || Failure::Argument(format!("texts with names were expected, and this is {}", kind(given)));
    let texts = plain_texts(given).ok_or_else(refused)?;
    let names: Vec<&str> = given.names().ok_or_else(refused)?.collect();
    let texts = texts.into_iter().map(|text| text.ok_or_else(refused)).collect::<Result<Vec<_>, _>>()?;
    Ok(names.into_iter().map(str::to_owned).zip(texts).collect())
}
