//! Arrow streams and columns between Python's capsules and `kilter_arrow`. Every pointer of this crate is
//! read here.

use crate::errors;
use arrow_array::{ArrayRef, RecordBatch, RecordBatchReader, StringArray};
use kilter::Date;
use kilter_arrow::{Columns, FFI_ArrowArrayStream};
use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDate, PyDateAccess, PyDateTime, PyString};
use std::sync::Arc;

/// Giving away.
pub mod give {
    use arrow_array::RecordBatch;
    use arrow_schema::Schema;
    use arrow_schema::ffi::FFI_ArrowSchema;
    use pyo3::exceptions::PyRuntimeError;
    use pyo3::prelude::*;
    use pyo3::types::PyCapsule;

    pub fn stream(py: Python<'_>, batch: RecordBatch) -> PyResult<Bound<'_, PyCapsule>> {
        PyCapsule::new_with_value(py, kilter_arrow::stream(batch), c"arrow_array_stream")
    }

    pub fn schema<'py>(py: Python<'py>, schema: &Schema) -> PyResult<Bound<'py, PyCapsule>> {
        let schema =
            FFI_ArrowSchema::try_from(schema).map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
        PyCapsule::new_with_value(py, schema, c"arrow_schema")
    }
}

/// The stream of an object that has `__arrow_c_stream__`.
pub fn take(data: &Bound<'_, PyAny>) -> PyResult<Box<dyn RecordBatchReader + Send>> {
    let py = data.py();
    let given = data.call_method0("__arrow_c_stream__")?;
    let capsule = given.cast::<PyCapsule>().map_err(|_| {
        errors::error(py, "DataError", "its __arrow_c_stream__ gives no capsule; expected an Arrow stream")
    })?;
    let stream = from_capsule(capsule)?;
    py.detach(|| kilter_arrow::open(stream)).map_err(|problem| errors::arrow(py, &problem))
}

#[allow(unsafe_code)]
fn from_capsule(capsule: &Bound<'_, PyCapsule>) -> PyResult<FFI_ArrowArrayStream> {
    let pointer = capsule.pointer_checked(Some(c"arrow_array_stream"))?;
    // SAFETY: a capsule of that name holds a stream by the Arrow PyCapsule interface, and it lives for the
    // call. What is taken is marked as released there, so that nobody takes it twice.
    Ok(unsafe { FFI_ArrowArrayStream::from_raw(pointer.cast().as_ptr()) })
}

/// Columns that were taken from another library, for the methods.
#[pyclass(name = "Columns", module = "kilter._native", frozen)]
pub struct NativeColumns(Columns);

#[pymethods]
impl NativeColumns {
    /// Reads the stream of an object to its end.
    #[new]
    fn new(data: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = data.py();
        let batches = take(data)?;
        let columns = py.detach(|| Columns::read(batches)).map_err(|problem| errors::arrow(py, &problem))?;
        Ok(Self(columns))
    }

    fn __len__(&self) -> usize {
        self.0.rows()
    }
}

/// Columns of texts, as the stream that a data frame would give.
#[pyclass(name = "TextFrame", module = "kilter._native", frozen)]
pub struct NativeTextFrame(RecordBatch);

#[pymethods]
impl NativeTextFrame {
    #[new]
    fn new(py: Python<'_>, columns: Vec<(String, Vec<Option<String>>)>) -> PyResult<Self> {
        let arrays = columns.into_iter().map(|(name, cells)| {
            let texts: ArrayRef = Arc::new(StringArray::from(cells));
            (name, texts, true)
        });
        let batch = RecordBatch::try_from_iter_with_nullable(arrays);
        batch.map(Self).map_err(|error| errors::error(py, "DataError", &error.to_string()))
    }

    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let _ = requested_schema;
        give::stream(py, self.0.clone())
    }
}

fn single<'a, 'py>(given: &'a Bound<'py, PyAny>) -> Option<&'a Bound<'py, NativeColumns>> {
    given.cast::<NativeColumns>().ok()
}

/// A column of numbers: taken from another library, a buffer of floats, or a sequence of numbers and `None`.
pub struct Numbers(pub Vec<Option<f64>>);

fn number(value: f64) -> Option<f64> {
    (!value.is_nan()).then_some(value)
}

impl<'a, 'py> FromPyObject<'a, 'py> for Numbers {
    type Error = PyErr;

    fn extract(given: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        let (py, given) = (given.py(), given.to_owned());
        if let Some(columns) = single(&given) {
            let numbers = columns.get().0.numbers(0);
            return numbers.map(Self).map_err(|problem| errors::arrow(py, &problem));
        }
        if let Ok(buffer) = PyBuffer::<f64>::get(&given) {
            return Ok(Self(buffer.to_vec(py)?.into_iter().map(number).collect()));
        }
        let mut numbers = Vec::with_capacity(given.len().unwrap_or(0));
        for (row, cell) in given.try_iter()?.enumerate() {
            let cell = cell?;
            if cell.is_none() {
                numbers.push(None);
                continue;
            }
            let refused = |_| {
                let found = cell.get_type().name().map_or_else(|_| "?".to_owned(), |name| name.to_string());
                PyTypeError::new_err(format!(
                    "row {row}: a number or None was expected, and this is a {found}"
                ))
            };
            if cell.is_instance_of::<PyString>() {
                return Err(refused(PyTypeError::new_err("")));
            }
            numbers.push(number(cell.extract::<f64>().map_err(refused)?));
        }
        Ok(Self(numbers))
    }
}

/// A column of texts: taken from another library, or a sequence of texts and `None`.
pub struct Texts(pub Vec<Option<String>>);

impl<'a, 'py> FromPyObject<'a, 'py> for Texts {
    type Error = PyErr;

    fn extract(given: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        let (py, given) = (given.py(), given.to_owned());
        if let Some(columns) = single(&given) {
            return columns.get().0.texts(0).map(Self).map_err(|problem| errors::arrow(py, &problem));
        }
        given.try_iter()?.map(|cell| cell?.extract()).collect::<PyResult<_>>().map(Self)
    }
}

/// A column of days: taken from another library, or a sequence of dates and `None`.
pub struct Days(pub Vec<Option<Date>>);

impl<'a, 'py> FromPyObject<'a, 'py> for Days {
    type Error = PyErr;

    fn extract(given: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        let (py, given) = (given.py(), given.to_owned());
        if let Some(columns) = single(&given) {
            return columns.get().0.days(0).map(Self).map_err(|problem| errors::arrow(py, &problem));
        }
        let mut days = Vec::new();
        for (row, cell) in given.try_iter()?.enumerate() {
            let cell = cell?;
            if cell.is_none() {
                days.push(None);
                continue;
            }
            let refused = || PyTypeError::new_err(format!("row {row}: a date or None was expected"));
            // A moment has a time of day, which an age does not know.
            let day = cell.cast::<PyDate>().ok().filter(|_| !cell.is_instance_of::<PyDateTime>());
            let day = day.ok_or_else(refused)?;
            let found = Date::from_ymd_opt(day.get_year(), day.get_month().into(), day.get_day().into());
            days.push(Some(found.ok_or_else(refused)?));
        }
        Ok(Self(days))
    }
}
