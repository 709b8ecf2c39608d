//! What the outer tests share: where the project and the published data stand, and how the source tree is
//! read. Nothing here knows a measure, a method or a figure.

pub mod answers;
pub mod book;
pub mod golden;
pub mod markdown;
pub mod method_functions;
#[cfg(doctest)]
mod pages;
pub mod rooms;
pub mod rust_code;
pub mod scenario;
pub mod source_tree;
pub mod stored;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::thread;

/// The root folder of the project.
pub fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests stand in a folder of the project")
        .to_path_buf()
}

/// The folder `shared` beside the project, where the published data stand that are no part of it.
///
/// Where there is none, this says on standard error which test did not look (also when the test passes), and
/// returns `None`; the test then has nothing to do.
///
/// # Panics
/// With the environment variable `CI=true` the folder must stand there.
pub fn shared() -> Option<PathBuf> {
    let shared = project().with_file_name("shared");
    if shared.is_dir() {
        return Some(shared);
    }
    let shown = shared.display();
    assert!(
        std::env::var_os("CI").is_none_or(|value| value != "true"),
        "{shown} does not stand beside the project, and CI=true asks for every test: put the folder there, or unset CI"
    );
    let thread = thread::current();
    let test = thread.name().unwrap_or("a test");
    // The harness holds back what print macros write in a test that passes; nobody would see this line.
    let line = format!("{test}: not checked, for {shown} does not stand beside the project\n");
    let _ = std::io::stderr().write_all(line.as_bytes());
    None
}
