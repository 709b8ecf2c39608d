//! The rooms of a crate and the arrows between them: finds paths that lead from one room into another. Which
//! arrows are allowed is said by the caller.

use crate::rust_code::{Token, tokens};

/// A module at the top of a crate, and the others it may use.
pub struct Room {
    /// The name of the module.
    pub name: &'static str,
    /// The rooms it may use besides itself.
    pub may_use: &'static [&'static str],
}

/// The modules that lead to a file, from its path below `src`: `time/text.rs` is `time`, `text`, and `time.rs`
/// and `time/mod.rs` are both `time`. The crate's own `lib.rs` is in none.
pub fn module_of(path: &str) -> Vec<&str> {
    let mut module: Vec<&str> = path.trim_end_matches(".rs").split('/').collect();
    if module.last().is_some_and(|last| ["mod", "lib"].contains(last)) {
        module.pop();
    }
    module
}

/// Every place in a file where its room reaches for something it may not use, as sentences that begin with the
/// file and the line.
///
/// Paths are followed from `crate` and through `super`, also in groups. A name that stands at the crate's root
/// without being a room is refused too, for a re-export would hide the arrow; so is a `*` over the whole root.
pub fn broken_arrows(rooms: &[Room], module: &[&str], file: &str, source: &str) -> Vec<String> {
    let Some(own) = module.first() else { return Vec::new() };
    let Some(room) = rooms.iter().find(|room| room.name == *own) else {
        return vec![format!("{file}:1: `{own}` is no room yet: give it a place among the arrows")];
    };
    reached(module, source)
        .into_iter()
        .filter_map(|Token { line, text }| {
            if text == room.name || room.may_use.contains(&text) {
                None
            } else if rooms.iter().any(|other| other.name == text) {
                Some(format!("{file}:{line}: `{}` may not use `{text}`", room.name))
            } else {
                Some(format!(
                    "{file}:{line}: `{}` uses `{text}` of the crate's root, which is no room: name the room that owns it",
                    room.name
                ))
            }
        })
        .collect()
}

/// What a file names directly below the crate's root.
fn reached<'a>(module: &[&str], source: &'a str) -> Vec<Token<'a>> {
    let code = tokens(source);
    let text = |at: usize| code.get(at).map_or("", |token| token.text);
    let mut found = Vec::new();
    // The brace depth at which each module written inside the file was opened.
    let mut inner: Vec<usize> = Vec::new();
    let mut depth = 0_usize;
    let mut at = 0;
    while at < code.len() {
        match text(at) {
            "{" => depth += 1,
            "}" => {
                depth = depth.saturating_sub(1);
                inner.pop_if(|opened| *opened == depth);
            }
            "mod" if text(at + 2) == "{" => inner.push(depth),
            "crate" if text(at + 1) == "::" => found.extend(heads(&code, at + 2)),
            "super" if text(at + 1) == "::" => {
                let mut up = 1;
                while text(at + 2) == "super" && text(at + 3) == "::" {
                    up += 1;
                    at += 2;
                }
                if up == module.len() + inner.len() {
                    found.extend(heads(&code, at + 2));
                }
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// The first name of a path, or of each path of a group.
fn heads<'a>(code: &[Token<'a>], start: usize) -> Vec<Token<'a>> {
    let Some(first) = code.get(start) else { return Vec::new() };
    if first.text != "{" {
        return vec![*first];
    }
    let mut found = Vec::new();
    let mut depth = 0_usize;
    let mut at_head = false;
    for token in &code[start..] {
        match token.text {
            "{" => {
                depth += 1;
                at_head = depth == 1;
            }
            "}" => {
                depth -= 1;
                if depth == 0 {
                    break;
                }
            }
            "," => at_head = depth == 1,
            _ if at_head => {
                found.push(*token);
                at_head = false;
            }
            _ => {}
        }
    }
    found
}
