//! Rust source as words and signs, without comments and without what stands between quotes, so that a rule
//! about code is not broken by prose. It is no parser: it knows what a token is and nothing of grammar.

/// A word (name, keyword or number), the sign `::`, or another single sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    /// The line it stands on, from 1.
    pub line: usize,
    /// The word or sign itself; a raw name without its `r#`.
    pub text: &'a str,
}

impl Token<'_> {
    /// Whether this is a name, keyword or number rather than a sign.
    pub fn is_word(&self) -> bool {
        self.text.starts_with(is_word_char)
    }
}

/// The tokens of a source text. Comments (also documentation), strings, characters and lifetimes are left out.
///
/// ```
/// use kilter_tests::rust_code::tokens;
///
/// let words: Vec<&str> = tokens("use a::b; // c\nlet d = \"e\";").iter().map(|token| token.text).collect();
/// assert_eq!(words, ["use", "a", "::", "b", ";", "let", "d", "=", ";"]);
/// ```
pub fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut rest = source;
    let mut line = 1;
    while let Some(first) = rest.chars().next() {
        if let Some(length) = skipped(rest) {
            line += rest[..length].bytes().filter(|byte| *byte == b'\n').count();
            rest = &rest[length..];
            continue;
        }
        let name = rest.strip_prefix("r#").filter(|name| name.starts_with(is_word_char));
        let (text, after) = if let Some(name) = name {
            name.split_at(word_length(name))
        } else if is_word_char(first) {
            rest.split_at(word_length(rest))
        } else if rest.starts_with("::") {
            rest.split_at("::".len())
        } else {
            rest.split_at(first.len_utf8())
        };
        found.push(Token { line, text });
        rest = after;
    }
    found
}

fn is_word_char(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}

fn word_length(text: &str) -> usize {
    text.find(|character| !is_word_char(character)).unwrap_or(text.len())
}

/// The length of what stands at the beginning of the text and is no code, if anything does.
fn skipped(text: &str) -> Option<usize> {
    let first = text.chars().next()?;
    if first.is_whitespace() {
        return Some(first.len_utf8());
    }
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if text.starts_with("/*") {
        return Some(block_comment_length(text));
    }
    if first == '\'' {
        return Some(quote_length(text));
    }
    // A string, with the letters that may stand before it.
    let letters = word_length(text);
    let raw = match &text[..letters] {
        "" | "b" | "c" => false,
        "r" | "br" | "cr" => true,
        _ => return None,
    };
    let body = &text[letters..];
    let hashes = if raw { body.len() - body.trim_start_matches('#').len() } else { 0 };
    if !body[hashes..].starts_with('"') {
        // A byte is a letter and a character; its letter goes with it.
        return (letters == 1 && body.starts_with('\'')).then(|| letters + quote_length(body));
    }
    let opened = letters + hashes + 1;
    let inside = &text[opened..];
    if raw {
        let end = format!("\"{}", "#".repeat(hashes));
        return Some(inside.find(&end).map_or(text.len(), |at| opened + at + end.len()));
    }
    Some(opened + closed_by('"', inside))
}

/// Block comments nest.
fn block_comment_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut depth, mut at) = (0_usize, 0);
    while at < bytes.len() {
        match bytes.get(at..at + 2) {
            Some(b"/*") => (depth, at) = (depth + 1, at + 2),
            Some(b"*/") => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// A character in quotes, or a lifetime, which has no second quote.
fn quote_length(text: &str) -> usize {
    let inside = &text[1..];
    let mut characters = inside.chars();
    match (characters.next(), characters.next()) {
        (Some('\\'), _) => 1 + closed_by('\'', inside),
        (Some(character), Some('\'')) => 1 + character.len_utf8() + 1,
        _ => 1 + word_length(inside),
    }
}

/// The length up to and with the closing quote, passing over what a backslash protects.
fn closed_by(quote: char, inside: &str) -> usize {
    let mut characters = inside.char_indices();
    while let Some((at, character)) = characters.next() {
        if character == '\\' {
            characters.next();
        } else if character == quote {
            return at + quote.len_utf8();
        }
    }
    inside.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(source: &str) -> Vec<&str> {
        tokens(source).iter().filter(|token| token.is_word()).map(|token| token.text).collect()
    }

    #[test]
    fn prose_and_quotes_are_not_code() {
        for quiet in [
            "// sled",
            "/// sled",
            "//! sled",
            "/* sled */",
            "/* a /* sled */ sled */",
            "\"sled\"",
            r#""a \" sled""#,
            r##"r#"a " sled"#"##,
            "b\"sled\"",
            "br\"sled\"",
            "c\"sled\"",
            "'s'",
            "b's'",
            r"'\''",
            r"b'\''",
            "'sled",
        ] {
            assert_eq!(words(&format!("{quiet}\nbefore")), ["before"], "{quiet}");
            assert_eq!(words(&format!("before {quiet}\n")), ["before"], "{quiet}");
        }
    }

    #[test]
    fn code_beside_prose_and_quotes_is_still_code() {
        assert_eq!(words("/* a */ sled // b"), ["sled"]);
        assert_eq!(words("f('\"'); sled; g('\"')"), ["f", "sled", "g"]);
        assert_eq!(words("f(\"\\\\\"); sled"), ["f", "sled"]);
        assert_eq!(words("r\"\\\"; sled"), ["sled"]);
        assert_eq!(words("fn f<'a>(x: &'a str) -> sled<'a>"), ["fn", "f", "x", "str", "sled"]);
        assert_eq!(words("r#type b r c"), ["type", "b", "r", "c"]);
        assert_eq!(words("'label: loop { break 'label; }"), ["loop", "break"]);
    }

    #[test]
    fn a_token_knows_its_line_also_after_comments_and_strings_of_many_lines() {
        let found = tokens("one\n/* two\nthree */ \"four\nfive\"\nsix::seven");
        let placed: Vec<(usize, &str)> = found.iter().map(|token| (token.line, token.text)).collect();
        assert_eq!(placed, [(1, "one"), (5, "six"), (5, "::"), (5, "seven")]);
    }
}
