//! A disk between the calls of a recording: what programs see of it, what is durable, and what a power cut
//! may leave.
//!
//! The model promises no more than POSIX does. What was written is durable once the file was synced, a
//! name once its folder was; syncing a file makes no name durable. All that was not synced may be there
//! or not, piece by piece and in any order; a rename is there or not, as a whole.

use crate::chance::Chance;
use crate::check::Checked;
use crate::recording::Call;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// Files and folders by path; folders have no contents.
pub type Tree = BTreeMap<PathBuf, Option<Vec<u8>>>;

/// Reads a tree from the real disk.
pub fn tree(root: &Path) -> std::io::Result<Tree> {
    fn add(root: &Path, at: &Path, tree: &mut Tree) -> std::io::Result<()> {
        for entry in fs::read_dir(root.join(at))? {
            let entry = entry?;
            let path = at.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                tree.insert(path.clone(), None);
                add(root, &path, tree)?;
            } else {
                tree.insert(path, Some(fs::read(entry.path())?));
            }
        }
        Ok(())
    }
    let mut found = Tree::new();
    add(root, Path::new(""), &mut found)?;
    Ok(found)
}

/// Writes a tree to the real disk, below a folder that is there and empty.
pub fn write(tree: &Tree, root: &Path) -> std::io::Result<()> {
    for (path, contents) in tree {
        match contents {
            None => fs::create_dir(root.join(path))?,
            Some(bytes) => fs::write(root.join(path), bytes)?,
        }
    }
    Ok(())
}

/// Writes a tree to a folder that is made for it.
pub fn write_below(tree: &Tree, root: &Path) -> std::io::Result<()> {
    fs::create_dir(root).and_then(|()| write(tree, root))
}

/// What of the unsynced survives a cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Survives {
    /// Nothing.
    Nothing,
    /// Everything, as after a kill.
    Everything,
    /// What came before some moment.
    Prefix,
    /// Names, but no contents: a file may have its length and be full of zeros.
    Names,
    /// Contents, but no names.
    Contents,
    /// Some pages of 4 KiB, and names up to some moment.
    Pages,
    /// Some sectors of 512 bytes, so that a write is torn; some names, in any order; what was never
    /// written may be anything.
    Sectors,
}

impl Survives {
    /// All kinds.
    pub const ALL: [Self; 7] = [
        Self::Nothing,
        Self::Everything,
        Self::Prefix,
        Self::Names,
        Self::Contents,
        Self::Pages,
        Self::Sectors,
    ];
}

#[derive(Debug, Clone)]
enum Change {
    Bytes { offset: u64, bytes: Vec<u8> },
    Length(u64),
}

#[derive(Debug, Clone, Default)]
struct FileNode {
    now: Vec<u8>,
    durable: Vec<u8>,
    /// What is not durable, with the number of its call.
    unsynced: Vec<(usize, Change)>,
}

#[derive(Debug, Clone, Default)]
struct FolderNode {
    now: BTreeMap<OsString, usize>,
    durable: BTreeMap<OsString, usize>,
}

#[derive(Debug, Clone)]
enum Node {
    File(FileNode),
    Folder(FolderNode),
}

/// One change of names: of each, what it leads to from then on.
#[derive(Debug, Clone)]
struct Names {
    call: usize,
    places: Vec<(usize, OsString, Option<usize>)>,
}

/// The disk.
#[derive(Debug, Clone)]
pub struct Disk {
    nodes: Vec<Node>,
    unsynced: Vec<Names>,
}

fn put(contents: &mut Vec<u8>, offset: u64, bytes: &[u8]) {
    let (from, to) = (offset as usize, offset as usize + bytes.len());
    if contents.len() < to {
        contents.resize(to, 0);
    }
    contents[from..to].copy_from_slice(bytes);
}

fn apply(contents: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Bytes { offset, bytes } => put(contents, *offset, bytes),
        Change::Length(length) => contents.resize(*length as usize, 0),
    }
}

impl Disk {
    /// A disk on which this tree is durable.
    pub fn new(tree: &Tree) -> Checked<Self> {
        let mut disk = Self { nodes: vec![Node::Folder(FolderNode::default())], unsynced: Vec::new() };
        for (path, contents) in tree {
            let node = match contents {
                None => Node::Folder(FolderNode::default()),
                Some(bytes) => {
                    let (now, durable) = (bytes.clone(), bytes.clone());
                    Node::File(FileNode { now, durable, unsynced: Vec::new() })
                }
            };
            disk.nodes.push(node);
            let made = disk.nodes.len() - 1;
            let (folder, name) = disk.place(path)?;
            let folder = disk.folder(folder)?;
            folder.now.insert(name.clone(), made);
            folder.durable.insert(name, made);
        }
        Ok(disk)
    }

    fn folder(&mut self, node: usize) -> Checked<&mut FolderNode> {
        match &mut self.nodes[node] {
            Node::Folder(folder) => Ok(folder),
            Node::File(_) => Err("a file where a folder should be".into()),
        }
    }

    fn find(&self, path: &Path) -> Option<usize> {
        path.components().try_fold(0, |node, part| match &self.nodes[node] {
            Node::Folder(folder) => folder.now.get(part.as_os_str()).copied(),
            Node::File(_) => None,
        })
    }

    fn place(&self, path: &Path) -> Checked<(usize, OsString)> {
        let shown = || format!("{} is not on the recorded disk", path.display());
        let folder = self.find(path.parent().ok_or_else(shown)?).ok_or_else(shown)?;
        Ok((folder, path.file_name().ok_or_else(shown)?.to_owned()))
    }

    fn file(&mut self, path: &Path) -> Checked<&mut FileNode> {
        let node =
            self.find(path).ok_or_else(|| format!("{} is not on the recorded disk", path.display()))?;
        match &mut self.nodes[node] {
            Node::File(file) => Ok(file),
            Node::Folder(_) => Err(format!("{} is a folder", path.display())),
        }
    }

    fn rename(&mut self, call: usize, places: Vec<(usize, OsString, Option<usize>)>) -> Checked<()> {
        for (folder, name, node) in &places {
            let now = &mut self.folder(*folder)?.now;
            match node {
                Some(node) => now.insert(name.clone(), *node),
                None => now.remove(name),
            };
        }
        self.unsynced.push(Names { call, places });
        Ok(())
    }

    fn change(&mut self, call: usize, path: &Path, change: Change) -> Checked<()> {
        let file = self.file(path)?;
        apply(&mut file.now, &change);
        file.unsynced.push((call, change));
        Ok(())
    }

    /// Does what a call did. `number`: its place in the recording.
    pub fn call(&mut self, number: usize, call: &Call) -> Checked<()> {
        match call {
            Call::Acknowledged(_) => Ok(()),
            Call::Open { path, create, empty } => match self.find(path) {
                Some(_) if *empty => self.change(number, path, Change::Length(0)),
                Some(_) => Ok(()),
                None if *create => self.make(number, path, Node::File(FileNode::default())),
                None => Err(format!("{} was opened and is not there", path.display())),
            },
            Call::Folder { path } => self.make(number, path, Node::Folder(FolderNode::default())),
            Call::Write { path, offset, bytes } => {
                self.change(number, path, Change::Bytes { offset: *offset, bytes: bytes.clone() })
            }
            Call::Length { path, length } => self.change(number, path, Change::Length(*length)),
            Call::Rename { from, to } => {
                let (old, new) = (self.place(from)?, self.place(to)?);
                let node = self.find(from);
                self.rename(number, vec![(old.0, old.1, None), (new.0, new.1, node)])
            }
            Call::Link { from, to } => {
                let (folder, name) = self.place(to)?;
                let node = self.find(from);
                self.rename(number, vec![(folder, name, node)])
            }
            Call::Remove { path } => {
                let (folder, name) = self.place(path)?;
                self.rename(number, vec![(folder, name, None)])
            }
            Call::Sync { path, since } => self.sync(path, *since),
        }
    }

    fn make(&mut self, call: usize, path: &Path, node: Node) -> Checked<()> {
        let (folder, name) = self.place(path)?;
        self.nodes.push(node);
        let made = self.nodes.len() - 1;
        self.rename(call, vec![(folder, name, Some(made))])
    }

    fn sync(&mut self, path: &Path, since: usize) -> Checked<()> {
        let Some(node) = self.find(path) else { return Ok(()) };
        match &mut self.nodes[node] {
            Node::File(file) => {
                let (synced, rest) =
                    std::mem::take(&mut file.unsynced).into_iter().partition(|(n, _)| *n < since);
                file.unsynced = rest;
                let synced: Vec<(usize, Change)> = synced;
                synced.iter().for_each(|(_, change)| apply(&mut file.durable, change));
            }
            Node::Folder(_) => {
                let touches = |names: &Names| {
                    names.call < since && names.places.iter().any(|(folder, _, _)| *folder == node)
                };
                let (synced, rest) = std::mem::take(&mut self.unsynced).into_iter().partition(touches);
                self.unsynced = rest;
                let synced: Vec<Names> = synced;
                for names in &synced {
                    self.keep(names)?;
                }
            }
        }
        Ok(())
    }

    fn keep(&mut self, names: &Names) -> Checked<()> {
        for (folder, name, node) in &names.places {
            let durable = &mut self.folder(*folder)?.durable;
            match node {
                Some(node) => durable.insert(name.clone(), *node),
                None => durable.remove(name),
            };
        }
        Ok(())
    }

    /// What programs see.
    pub fn now(&self) -> Tree {
        self.reachable(|folder| &folder.now, |file| file.now.clone())
    }

    /// What a cut at this moment may leave.
    pub fn after_a_cut(mut self, survives: Survives, chance: &mut Chance) -> Checked<Tree> {
        let moment = {
            let first = self.unsynced.first().map(|names| names.call);
            let files = self.nodes.iter().filter_map(|node| match node {
                Node::File(file) => file.unsynced.first().zip(file.unsynced.last()).map(|(a, b)| (a.0, b.0)),
                Node::Folder(_) => None,
            });
            let spans = files.chain(first.zip(self.unsynced.last().map(|names| names.call)));
            let span = spans.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))).unwrap_or((0, 0));
            span.0 + chance.below(span.1 - span.0 + 2)
        };
        let often = *chance.one_of(&[10, 50, 90]);
        for names in std::mem::take(&mut self.unsynced) {
            let kept = match survives {
                Survives::Nothing | Survives::Contents => false,
                Survives::Everything | Survives::Names => true,
                Survives::Prefix | Survives::Pages => names.call < moment,
                Survives::Sectors => chance.percent(often),
            };
            if kept {
                self.keep(&names)?;
            }
        }
        for node in &mut self.nodes {
            let Node::File(file) = node else { continue };
            let unsynced = std::mem::take(&mut file.unsynced);
            let mut whole = false;
            for (call, change) in &unsynced {
                match survives {
                    Survives::Nothing | Survives::Names => {}
                    Survives::Everything | Survives::Contents => apply(&mut file.durable, change),
                    Survives::Prefix if *call < moment => apply(&mut file.durable, change),
                    Survives::Prefix => {}
                    Survives::Pages => torn(&mut file.durable, change, 4_096, often, chance),
                    Survives::Sectors => torn(&mut file.durable, change, 512, often, chance),
                }
            }
            // The length of a file may be written before its contents are.
            if matches!(survives, Survives::Names | Survives::Pages | Survives::Sectors) && chance.percent(50)
            {
                whole = true;
            }
            if whole && file.durable.len() < file.now.len() {
                let rubbish = survives == Survives::Sectors && chance.percent(50);
                file.durable.resize_with(file.now.len(), || if rubbish { chance.byte() } else { 0 });
            }
        }
        Ok(self.reachable(|folder| &folder.durable, |file| file.durable.clone()))
    }

    fn reachable(
        &self,
        names: impl Fn(&FolderNode) -> &BTreeMap<OsString, usize>,
        contents: impl Fn(&FileNode) -> Vec<u8>,
    ) -> Tree {
        let mut tree = Tree::new();
        let mut folders = vec![(PathBuf::new(), 0)];
        while let Some((path, node)) = folders.pop() {
            let Node::Folder(folder) = &self.nodes[node] else { continue };
            for (name, node) in names(folder) {
                let path = path.join(name);
                match &self.nodes[*node] {
                    Node::File(file) => {
                        tree.insert(path, Some(contents(file)));
                    }
                    Node::Folder(_) => {
                        tree.insert(path.clone(), None);
                        folders.push((path, *node));
                    }
                }
            }
        }
        tree
    }
}

/// Some pieces of a write; the pieces lie where those of the file lie.
fn torn(contents: &mut Vec<u8>, change: &Change, piece: u64, often: usize, chance: &mut Chance) {
    match change {
        Change::Length(length) => {
            if chance.percent(often) {
                contents.resize(*length as usize, 0);
            }
        }
        Change::Bytes { offset, bytes } => {
            let end = offset + bytes.len() as u64;
            let mut at = *offset;
            while at < end {
                let next = ((at / piece + 1) * piece).min(end);
                if chance.percent(often) {
                    put(contents, at, &bytes[(at - offset) as usize..(next - offset) as usize]);
                }
                at = next;
            }
        }
    }
}
