//! What a file is, told from its first bytes; its name says nothing.

use super::error::ReadProblem;

/// The wrapping that the first bytes show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Container {
    Plain,
    Gzip,
    Zstd,
    Zip,
    Compound,
    Parquet,
}

/// How many bytes of the beginning are looked at.
pub(super) const HEAD: usize = 4096;

pub(super) fn container(head: &[u8]) -> Container {
    // A text file could begin with the letters PAR1; a Parquet file goes on with control characters.
    let binary = || head.iter().take(64).any(|byte| *byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r'));
    match head {
        [0x1f, 0x8b, 8, ..] => Container::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Container::Zstd,
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Container::Zip,
        [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, ..] => Container::Compound,
        [b'P', b'A', b'R', b'1', ..] if binary() => Container::Parquet,
        _ => Container::Plain,
    }
}

struct Signature {
    bytes: &'static [u8],
    found: &'static str,
    advice: &'static str,
}

const GIVE_A_TABLE: &str = "Give a CSV, Excel or Parquet file";
const EXPORT: &str = "Export it as CSV or Parquet from the program that made it";
const UNPACK: &str = "Unpack it and give the table in it";
const SAVE_DATA_R: &str = "Write it as CSV or Parquet from R (write.csv, arrow::write_parquet)";

const SIGNATURES: &[Signature] = &[
    Signature { bytes: b"%PDF", found: "a PDF document", advice: GIVE_A_TABLE },
    Signature { bytes: b"\x89PNG", found: "an image (PNG)", advice: GIVE_A_TABLE },
    Signature { bytes: b"\xff\xd8\xff", found: "an image (JPEG)", advice: GIVE_A_TABLE },
    Signature { bytes: b"GIF8", found: "an image (GIF)", advice: GIVE_A_TABLE },
    Signature { bytes: b"II*\0", found: "an image (TIFF)", advice: GIVE_A_TABLE },
    Signature { bytes: b"MM\0*", found: "an image (TIFF)", advice: GIVE_A_TABLE },
    Signature { bytes: b"{\\rtf", found: "a Rich Text document", advice: GIVE_A_TABLE },
    Signature { bytes: b"\x7fELF", found: "a program", advice: GIVE_A_TABLE },
    Signature { bytes: b"MZ\x90\0", found: "a program", advice: GIVE_A_TABLE },
    Signature { bytes: b"SQLite format 3\0", found: "an SQLite database", advice: EXPORT },
    Signature { bytes: b"ARROW1", found: "an Arrow (Feather) file", advice: EXPORT },
    Signature { bytes: b"FEA1", found: "an Arrow (Feather) file", advice: EXPORT },
    Signature { bytes: b"$FL2@(#)", found: "an SPSS file", advice: EXPORT },
    Signature { bytes: b"$FL3@(#)", found: "an SPSS file", advice: EXPORT },
    Signature { bytes: b"<stata_dta>", found: "a Stata file", advice: EXPORT },
    Signature { bytes: b"RDX2\n", found: "an R data file", advice: SAVE_DATA_R },
    Signature { bytes: b"RDX3\n", found: "an R data file", advice: SAVE_DATA_R },
    Signature { bytes: b"X\n\0\0\0", found: "an R data file", advice: SAVE_DATA_R },
    Signature { bytes: b"7z\xbc\xaf\x27\x1c", found: "a 7z archive", advice: UNPACK },
    Signature { bytes: b"Rar!\x1a", found: "a RAR archive", advice: UNPACK },
    Signature { bytes: b"\xfd7zXZ\0", found: "a file compressed with xz", advice: UNPACK },
    Signature { bytes: b"BZh", found: "a file compressed with bzip2", advice: UNPACK },
    Signature {
        bytes: b"version https://git-lfs.github.com",
        found: "a Git LFS pointer, not the file itself",
        advice: "Fetch the file with `git lfs pull`",
    },
];

/// What a file that should be text looks like instead, if it does. Where the encoding is given NUL bytes
/// are no sign of anything: they are judged after decoding.
pub(super) fn other_than_text(head: &[u8], encoding_is_given: bool) -> Option<ReadProblem> {
    let not_a_table = |found: &str, advice: &str| {
        Some(ReadProblem::NotATable { found: found.to_owned(), advice: format!("{advice}.") })
    };
    for signature in SIGNATURES {
        // The letters BZh could begin a header; what follows in a bzip2 file is a digit and the digits of pi.
        if signature.bytes == b"BZh" && head.get(4..10) != Some(b"1AY&SY") {
            continue;
        }
        if head.starts_with(signature.bytes) {
            return not_a_table(signature.found, signature.advice);
        }
    }
    if head.get(257..262) == Some(b"ustar") {
        return not_a_table("a tar archive", UNPACK);
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let starts = |prefix: &str| {
        text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
    };
    if ["<!doctype html", "<html", "<head>", "<body", "<table"].iter().any(|tag| starts(tag)) {
        return not_a_table(
            "a web page (HTML)",
            "The server may have answered with a page instead of the file: download it again, or open the page in \
             Excel and save it as CSV",
        );
    }
    if starts("<?xml") {
        return not_a_table("an XML document", "Open it in Excel and save it as CSV or .xlsx");
    }
    let second = text.get(1..).unwrap_or_default().trim_ascii_start().first();
    if matches!((text.first(), second), (Some(b'{'), Some(b'"')) | (Some(b'['), Some(b'{' | b'['))) {
        return not_a_table("JSON", "Convert it to CSV");
    }
    if !encoding_is_given && looks_like_unmarked_utf16(head) {
        return not_a_table(
            "UTF-16 text without a byte-order mark",
            "Put encoding = \"utf-16le\" in the profile, or save the file as UTF-8",
        );
    }
    if !encoding_is_given && !has_utf16_mark(head) && head.contains(&0) {
        return not_a_table("binary data", GIVE_A_TABLE);
    }
    None
}

fn has_utf16_mark(head: &[u8]) -> bool {
    head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff")
}

/// Latin text in UTF-16LE has a zero in almost every second byte and in almost no other.
fn looks_like_unmarked_utf16(head: &[u8]) -> bool {
    let pairs = head.chunks_exact(2);
    let count = pairs.len();
    let (mut first, mut second) = (0, 0);
    for pair in pairs {
        first += usize::from(pair[0] == 0);
        second += usize::from(pair[1] == 0);
    }
    count >= 2 && !has_utf16_mark(head) && second * 10 >= count * 8 && first * 10 <= count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_begins_like_a_binary_format_is_still_text() {
        assert_eq!(container(b"PAR1,PAR2\n1,2\n"), Container::Plain);
        assert_eq!(container(b"PK,value\n1,2\n"), Container::Plain);
        assert!(other_than_text(b"BZh,value\n1,2\n", false).is_none());
        assert!(other_than_text(b"[Area],value\n1,2\n", false).is_none());
        assert!(other_than_text(b"{a},value\n1,2\n", false).is_none());
        assert_eq!(container(b"PAR1\x15\x04\x15"), Container::Parquet);
        assert_eq!(container(b""), Container::Plain);
    }
}
