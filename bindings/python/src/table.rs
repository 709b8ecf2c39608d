//! A table of results as Python sees it: rows, columns, texts, and an Arrow stream that shares its memory.

use crate::arrow::{self, give};
use crate::errors;
use crate::gateway::calculate;
use arrow_array::RecordBatch;
use chrono::Datelike;
use kilter::export::{self, Format};
use kilter::table::{Column, Table};
use kilter_arrow::Columns;
use pyo3::exceptions::{PyKeyError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyCapsule, PyDate, PyList, PyString};
use std::sync::OnceLock;

/// A table of results.
#[pyclass(name = "Table", module = "kilter._native", frozen)]
pub struct NativeTable {
    table: Table,
    /// Made when it is first asked for, and shared with everyone who takes it.
    batch: OnceLock<RecordBatch>,
}

impl From<Table> for NativeTable {
    fn from(table: Table) -> Self {
        Self { table, batch: OnceLock::new() }
    }
}

impl NativeTable {
    /// As Arrow columns.
    pub fn batch(&self) -> &RecordBatch {
        self.batch.get_or_init(|| export::record_batch(&self.table))
    }
}

/// A day as Python has it.
pub fn date<'py>(py: Python<'py>, day: kilter::Date) -> PyResult<Bound<'py, PyDate>> {
    let small = |number: u32| u8::try_from(number).unwrap_or(u8::MAX);
    PyDate::new(py, day.year(), small(day.month()), small(day.day()))
}

#[pymethods]
impl NativeTable {
    /// A table of the columns of another library, whose memory it shares where the types are its own.
    #[staticmethod]
    fn of(py: Python<'_>, data: &Bound<'_, PyAny>) -> PyResult<Self> {
        let batches = arrow::take(data)?;
        let columns = py.detach(|| Columns::read(batches)).map_err(|problem| errors::arrow(py, &problem))?;
        let table = calculate(py, || columns.table())?;
        table.map(Self::from).map_err(|problems| {
            let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
            errors::error(py, "DataError", &said.join("; "))
        })
    }

    fn __len__(&self) -> usize {
        self.table.rows()
    }

    /// The names of the columns with the kind of each: text, number, integer or date.
    #[getter]
    fn columns(&self) -> Vec<(&str, &'static str)> {
        let kind = |column: &Column| match column {
            Column::Text(_) => "text",
            Column::Number(_) => "number",
            Column::Integer(_) => "integer",
            Column::Date(_) => "date",
        };
        self.table.columns().iter().map(|(name, column)| (name.as_ref(), kind(column))).collect()
    }

    /// The cells of a column; `None` for an absence.
    fn column<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyList>> {
        let unknown = || PyKeyError::new_err(name.to_owned());
        match self.table.column(name).ok_or_else(unknown)? {
            Column::Number(cells) => PyList::new(py, cells.iter()),
            Column::Integer(cells) => PyList::new(py, cells.iter()),
            Column::Date(cells) => {
                let days: Vec<_> = cells
                    .iter()
                    .map(|day| day.map(|day| date(py, day)).transpose())
                    .collect::<Result<_, _>>()?;
                PyList::new(py, days)
            }
            Column::Text(cells) => {
                let words: Vec<_> = cells.words().map(|word| PyString::new(py, word)).collect();
                PyList::new(py, (0..cells.len()).map(|row| cells.place(row).map(|place| &words[place])))
            }
        }
    }

    /// A column of numbers as the bytes of its floats, NaN for an absence: what NumPy makes an array of.
    fn floats<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyByteArray>> {
        let Some(Column::Number(cells)) = self.table.column(name) else {
            return Err(PyKeyError::new_err(name.to_owned()));
        };
        PyByteArray::new_with(py, cells.len() * size_of::<f64>(), |bytes| {
            let floats = bytes.chunks_exact_mut(size_of::<f64>());
            floats.zip(cells.iter()).for_each(|(bytes, cell)| {
                bytes.copy_from_slice(&cell.unwrap_or(f64::NAN).to_ne_bytes());
            });
            Ok(())
        })
    }

    /// A column of words as its words, each once, and the bytes of their places in the cells (32 bits, -1 for
    /// an absence).
    fn words<'py>(
        &self,
        py: Python<'py>,
        name: &str,
    ) -> PyResult<(Bound<'py, PyList>, Bound<'py, PyByteArray>)> {
        let Some(Column::Text(cells)) = self.table.column(name) else {
            return Err(PyKeyError::new_err(name.to_owned()));
        };
        let places = PyByteArray::new_with(py, cells.len() * size_of::<i32>(), |bytes| {
            for (row, bytes) in bytes.chunks_exact_mut(size_of::<i32>()).enumerate() {
                let place = cells.place(row).and_then(|place| i32::try_from(place).ok());
                bytes.copy_from_slice(&place.unwrap_or(-1).to_ne_bytes());
            }
            Ok(())
        })?;
        Ok((PyList::new(py, cells.words())?, places))
    }

    /// The table as bytes: "csv", "json" or "parquet".
    fn bytes<'py>(&self, py: Python<'py>, format: &str) -> PyResult<Bound<'py, PyBytes>> {
        let format: Format =
            format.parse().map_err(|what: String| errors::Failure::Argument(what).into_python(py))?;
        let mut out = Vec::new();
        py.detach(|| export::write(&self.table, format, None, &mut out))?;
        Ok(PyBytes::new(py, &out))
    }

    /// The table as a person reads it in a terminal of that width.
    #[pyo3(signature = (width=None))]
    fn text(&self, py: Python<'_>, width: Option<u16>) -> String {
        py.detach(|| export::text(&self.table, width))
    }

    /// The first rows.
    fn head(&self, rows: usize) -> Self {
        self.table.head(rows).into()
    }

    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        // The interface lets the giver keep to its own types.
        let _ = requested_schema;
        let batch = py.detach(|| self.batch().clone());
        give::stream(py, batch)
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        let schema = py.detach(|| self.batch().schema());
        give::schema(py, &schema)
    }

    fn __reduce__(&self) -> PyResult<Py<PyAny>> {
        Err(PyTypeError::new_err(
            "a table of kilter is not pickled; pickle table.to_pandas(), table.to_polars() or table.to_dicts()",
        ))
    }
}
