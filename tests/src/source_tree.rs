//! The files of the project as a clone would hold them: everything but the history and what .gitignore
//! leaves out. It reads; what the files should look like is said by the tests.

use std::fs;
use std::path::{Path, PathBuf};

/// One file of the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    root: PathBuf,
    path: String,
}

impl SourceFile {
    /// The path from the project's root, with forward slashes.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether the file stands somewhere below this folder of the project.
    pub fn is_below(&self, folder: &str) -> bool {
        self.path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
    }

    /// The part of the name after its last dot, or nothing.
    pub fn extension(&self) -> &str {
        Path::new(&self.path).extension().and_then(|extension| extension.to_str()).unwrap_or("")
    }

    /// The size in bytes.
    pub fn size(&self) -> u64 {
        let path = self.on_disk();
        fs::metadata(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).len()
    }

    /// The whole content.
    pub fn bytes(&self) -> Vec<u8> {
        let path = self.on_disk();
        fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The content as text, or `None` where it is not text.
    pub fn text(&self) -> Option<String> {
        String::from_utf8(self.bytes()).ok().filter(|text| !text.contains('\0'))
    }

    fn on_disk(&self) -> PathBuf {
        self.root.join(&self.path)
    }
}

/// Every file below `root` that its .gitignore does not leave out, in the order of their paths.
///
/// The patterns understood are those the project uses: `/name` and `a/b` from the root, `name` anywhere, and
/// `*.ending`. Git is not asked, because a source archive has none.
///
/// # Panics
/// On a pattern of another shape, and where the disk cannot be read.
pub fn files(root: &Path) -> Vec<SourceFile> {
    let ignored: Vec<Ignored> = fs::read_to_string(root.join(".gitignore"))
        .unwrap_or_default()
        .lines()
        .filter_map(|line| Ignored::parse(line).unwrap_or_else(|problem| panic!("{problem}")))
        .collect();
    let mut found = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let on_disk = root.join(&folder);
        let entries = fs::read_dir(&on_disk).unwrap_or_else(|error| panic!("{}: {error}", on_disk.display()));
        for entry in entries {
            let entry = entry.unwrap_or_else(|error| panic!("{}: {error}", on_disk.display()));
            let Ok(name) = entry.file_name().into_string() else { continue };
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            if name == ".git" || ignored.iter().any(|pattern| pattern.matches(&path, &name)) {
                continue;
            }
            let kind = entry.file_type().unwrap_or_else(|error| panic!("{path}: {error}"));
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() {
                found.push(SourceFile { root: root.to_path_buf(), path });
            }
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

/// A line of .gitignore.
#[derive(Debug, PartialEq, Eq)]
enum Ignored {
    FromRoot(String),
    Anywhere(String),
    Ending(String),
}

impl Ignored {
    fn parse(line: &str) -> Result<Option<Self>, String> {
        let pattern = line.trim().trim_end_matches('/');
        if pattern.is_empty() || pattern.starts_with('#') {
            return Ok(None);
        }
        let is_plain = |text: &str| !text.contains(['*', '?', '[', '!', '\\']);
        let parsed = match pattern.strip_prefix('*') {
            Some(ending) if ending.starts_with('.') && is_plain(ending) && !ending.contains('/') => {
                Self::Ending(ending.to_owned())
            }
            None if is_plain(pattern) => match pattern.strip_prefix('/') {
                Some(path) => Self::FromRoot(path.to_owned()),
                None if pattern.contains('/') => Self::FromRoot(pattern.to_owned()),
                None => Self::Anywhere(pattern.to_owned()),
            },
            _ => {
                return Err(format!(
                    ".gitignore: `{line}` is of a shape the house rules do not read: write `/path`, `name` or \
                     `*.ending`, or teach tests/src/source_tree.rs the new shape"
                ));
            }
        };
        Ok(Some(parsed))
    }

    fn matches(&self, path: &str, name: &str) -> bool {
        match self {
            Self::FromRoot(ignored) => path == ignored,
            Self::Anywhere(ignored) => name == ignored,
            Self::Ending(ending) => name.ends_with(ending),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap();
        Ignored::parse(pattern).unwrap().is_some_and(|ignored| ignored.matches(path, name))
    }

    #[test]
    fn a_pattern_leaves_out_what_git_would_and_no_more() {
        assert!(matches("/target", "target"));
        assert!(matches("/target/", "target"));
        assert!(!matches("/target", "crates/target"));
        assert!(!matches("/target", "target-two"));
        assert!(matches("a/b", "a/b"));
        assert!(!matches("a/b", "c/a/b"));
        assert!(matches("__pycache__", "bindings/python/__pycache__"));
        assert!(matches("*.pyc", "a/b.pyc"));
        assert!(!matches("*.pyc", "a/b.py"));
        assert!(!matches("# a remark", "# a remark"));
        assert!(!matches("", ""));
    }

    #[test]
    fn a_pattern_of_another_shape_is_refused_instead_of_misread() {
        for pattern in ["!kept", "a*b", "*.py[co]", "**/x", "*"] {
            assert!(Ignored::parse(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn the_walk_finds_this_file_and_neither_history_nor_build_output() {
        let found = files(&crate::project());
        assert!(found.iter().any(|file| file.path() == "tests/src/source_tree.rs"));
        assert!(!found.iter().any(|file| file.is_below(".git") || file.is_below("target")));
    }
}
