//! The native part of the Python package `kilter`: converts what Python gives, asks the engine without
//! holding the interpreter, and hands tables, errors and interrupts back. It holds no formula and no rule;
//! names, documentation and types for people stand in the Python files beside it.

mod arguments;
mod arrow;
mod care;
mod columns;
mod engine;
mod errors;
mod framework;
mod gateway;
mod methods;
mod table;

use pyo3::prelude::*;

/// As in the program: work that is spread over threads takes and gives back memory all the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What `kilter` is made of. Not for users: use the package.
#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("version", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<table::NativeTable>()?;
    module.add_class::<arrow::NativeColumns>()?;
    module.add_class::<arrow::NativeTextFrame>()?;
    module.add_class::<engine::NativeEngine>()?;
    module.add_class::<columns::NativeBlocks>()?;
    module.add_class::<columns::NativeCells>()?;
    module.add_function(wrap_pyfunction!(columns::columns, module)?)?;
    module.add_function(wrap_pyfunction!(columns::codes, module)?)?;
    care::register(module)?;
    framework::register(module)?;
    methods::register(module)
}
