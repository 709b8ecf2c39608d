//! Lists of R as documents, and documents as lists: frameworks and profiles that are written in R, and
//! explanations that are read there.

use crate::failure::Failure;
use crate::frame::{column, kind};
use crate::strings::{text, texts};
use extendr_api::na::CanBeNA;
use extendr_api::wrapper::symbol::names_symbol;
use extendr_api::{Attributes, List, Rinternals, Robj};
use serde_json::{Map, Number, Value};

/// How deep a list may be nested.
const DEPTH: usize = 64;

/// A list as the TOML that framework and profile files are written in.
pub fn toml_of(given: &Robj) -> Result<String, Failure> {
    let document = value(given, "the list", 0)?;
    if !document.is_object() {
        return Err(Failure::Argument(format!(
            "a list with names was expected, and this is {}",
            kind(given)
        )));
    }
    toml::to_string(&document).map_err(|error| Failure::Argument(format!("the list is no document: {error}")))
}

fn value(given: &Robj, at: &str, depth: usize) -> Result<Value, Failure> {
    if depth > DEPTH {
        return Err(Failure::Argument(format!("{at}: the list is nested too deeply")));
    }
    let refused = || Failure::Argument(format!("{at}: {} has no place in a document", kind(given)));
    if given.inherits("data.frame") {
        return Err(Failure::Argument(format!(
            "{at}: a data frame has no place in a document; give a list of lists"
        )));
    }
    let names: Option<Vec<String>> = given.names().map(|names| names.map(str::to_owned).collect());
    if given.is_list() {
        let list = List::try_from(given).map_err(|_| refused())?;
        let Some(names) = names else {
            let items = list.values().enumerate();
            let items = items.map(|(place, item)| value(&item, &format!("{at}[[{}]]", place + 1), depth + 1));
            return items.collect::<Result<Vec<_>, _>>().map(Value::Array);
        };
        let mut table = Map::new();
        for (name, item) in names.into_iter().zip(list.values()) {
            // A key without a value is a key that is not given.
            if !item.is_null() {
                let item = value(&item, &format!("{at}${name}"), depth + 1)?;
                table.insert(name, item);
            }
        }
        return Ok(Value::Object(table));
    }
    let cells = cells(given, at)?.ok_or_else(refused)?;
    match (names, cells.len()) {
        (Some(names), _) => Ok(Value::Object(names.into_iter().zip(cells).collect())),
        (None, 1) => Ok(cells.into_iter().next().unwrap_or(Value::Null)),
        (None, _) => Ok(Value::Array(cells)),
    }
}

/// The cells of a vector; `None` for something else.
fn cells(given: &Robj, at: &str) -> Result<Option<Vec<Value>>, Failure> {
    let missing = || Failure::Argument(format!("{at}: NA has no place in a document; leave the key out"));
    if let (true, Some(cells)) = (given.is_logical(), given.as_logical_slice()) {
        let known =
            cells.iter().map(|cell| (!cell.is_na()).then(|| Value::Bool(cell.is_true())).ok_or_else(missing));
        return known.collect::<Result<_, _>>().map(Some);
    }
    let Ok(columns) = column(at, given) else { return Ok(None) };
    if let Ok(numbers) = columns.numbers(0) {
        return numbers
            .into_iter()
            .map(|cell| cell.map(number).ok_or_else(missing))
            .collect::<Result<_, _>>()
            .map(Some);
    }
    let texts = match (columns.days(0), columns.texts(0)) {
        (Ok(days), _) => days.into_iter().map(|day| day.map(|day| day.to_string())).collect(),
        (_, Ok(texts)) => texts,
        _ => return Ok(None),
    };
    texts
        .into_iter()
        .map(|cell| cell.map(Value::String).ok_or_else(missing))
        .collect::<Result<_, _>>()
        .map(Some)
}

/// R writes whole numbers as it writes others; documents tell them apart.
fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 9e15 {
        return Value::from(value as i64);
    }
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

/// A text of TOML as a list.
pub fn list_of_toml(of: &str) -> Result<Robj, Failure> {
    let document: Value = toml::from_str(of).map_err(|error| Failure::Argument(error.to_string()))?;
    Ok(robj(&document))
}

/// A text of JSON as a list.
pub fn list_of_json(of: &str) -> Result<Robj, Failure> {
    let document: Value = serde_json::from_str(of).map_err(|error| Failure::Argument(error.to_string()))?;
    Ok(robj(&document))
}

fn robj(value: &Value) -> Robj {
    match value {
        Value::Null => Robj::from(()),
        Value::Bool(holds) => Robj::from(*holds),
        Value::Number(number) => Robj::from(number.as_f64().unwrap_or(f64::na())),
        Value::String(of) => text(of),
        Value::Array(items) if !items.is_empty() && items.iter().all(Value::is_string) => {
            texts(items.iter().filter_map(Value::as_str))
        }
        Value::Array(items) => List::from_values(items.iter().map(robj)).into(),
        Value::Object(table) => {
            let mut list = Robj::from(List::from_values(table.values().map(robj)));
            // As many names as values.
            let _ = list.set_attrib(names_symbol(), texts(table.keys()));
            list
        }
    }
}
