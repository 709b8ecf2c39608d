//! From the bytes of a file to a stream of text: decompression, byte-order marks, encodings.
//!
//! Memory is bounded: one chunk of bytes and its text are held at a time. What goes wrong is kept until
//! the text before it has been used up, so that the reader knows the line on which it happened.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use encoding_rs::{Decoder, DecoderResult, Encoding};

use super::Limits;
use super::error::ReadProblem;
use super::recognise::{Container, HEAD, other_than_text};

const CHUNK: usize = 64 * 1024;

/// Counts the bytes read from a file, for progress and against decompression bombs.
struct Counted {
    file: File,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(buffer)?;
        self.read.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// Why there is no more text.
#[derive(Debug)]
pub(super) enum Ending {
    End,
    Malformed { offset: u64, bytes: Vec<u8>, encoding: &'static str },
    Nul,
    Failed(io::Error),
    Bomb { unpacked: u64 },
}

/// A stream of text, of which the part between `position` and the end of `text` is at hand.
pub(super) struct Text {
    input: Box<dyn Read + Send>,
    container: Container,
    read: Arc<AtomicU64>,
    unpacked: u64,
    expansion: u64,
    expansion_floor: u64,
    decoder: Decoder,
    raw: Vec<u8>,
    text: String,
    position: usize,
    ending: Option<Ending>,
}

impl Text {
    /// Opens a text, plain or compressed.
    pub(super) fn open(
        file: File,
        container: Container,
        encoding: Option<&str>,
        limits: &Limits,
    ) -> Result<Self, ReadProblem> {
        let known = match encoding {
            None => encoding_rs::UTF_8,
            Some(name) => Encoding::for_label_no_replacement(name.as_bytes())
                .ok_or_else(|| ReadProblem::UnknownEncoding { name: name.to_owned() })?,
        };
        let read = Arc::new(AtomicU64::new(0));
        let counted = Counted { file, read: Arc::clone(&read) };
        let input: Box<dyn Read + Send> = match container {
            Container::Gzip => Box::new(flate2::read::MultiGzDecoder::new(counted)),
            Container::Zstd => Box::new(zstd::stream::read::Decoder::new(counted).map_err(ReadProblem::Io)?),
            _ => Box::new(counted),
        };
        let mut text = Self {
            input,
            container,
            read,
            unpacked: 0,
            expansion: limits.expansion,
            expansion_floor: limits.expansion_floor,
            decoder: known.new_decoder(),
            raw: vec![0; CHUNK],
            text: String::new(),
            position: 0,
            ending: None,
        };
        // The first bytes are looked at before they are decoded.
        let mut held = 0;
        while held < HEAD && text.ending.is_none() {
            let mut raw = std::mem::take(&mut text.raw);
            held += text.read_into(&mut raw[held..]);
            text.raw = raw;
        }
        let head = &text.raw[..held.min(HEAD)];
        if container != Container::Plain && super::recognise::container(head) != Container::Plain {
            return Err(ReadProblem::NotATable {
                found: "a compressed file that holds another packed file".to_owned(),
                advice: "Unpack it once and give what was in it.".to_owned(),
            });
        }
        if let Some(problem) = other_than_text(head, encoding.is_some()) {
            return Err(problem);
        }
        let ending = text.ending.take();
        text.decode(held, matches!(ending, Some(Ending::End)));
        if text.ending.is_none() {
            text.ending = ending;
        }
        Ok(text)
    }

    /// Bytes of the file read so far.
    pub(super) fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// The text at hand.
    pub(super) fn rest(&self) -> &str {
        &self.text[self.position..]
    }

    /// Declares `n` bytes of the text at hand as used.
    pub(super) fn advance(&mut self, n: usize) {
        self.position += n;
    }

    /// Reads on until there is text at hand; `false` at the end of the file.
    pub(super) fn fill(&mut self) -> Result<bool, Ending> {
        if self.position < self.text.len() {
            return Ok(true);
        }
        self.text.clear();
        self.position = 0;
        self.load();
        if !self.text.is_empty() {
            return Ok(true);
        }
        match self.ending.replace(Ending::End) {
            None | Some(Ending::End) => Ok(false),
            Some(failure) => Err(failure),
        }
    }

    /// Reads on, keeping what is at hand, until there are `n` bytes or the end.
    pub(super) fn look_ahead(&mut self, n: usize) -> &str {
        while self.rest().len() < n && self.ending.is_none() {
            self.load();
        }
        self.rest()
    }

    /// Whether all text of the file is at hand.
    pub(super) fn is_all_at_hand(&self) -> bool {
        matches!(self.ending, Some(Ending::End))
    }

    /// The problem that an ending is, with the line on which it came.
    pub(super) fn problem(&self, ending: Ending, line: u64) -> ReadProblem {
        let compressed = self.container != Container::Plain;
        match ending {
            Ending::Malformed { offset, bytes, encoding } => {
                ReadProblem::Encoding { line, offset, bytes, encoding, compressed }
            }
            Ending::Nul => ReadProblem::Nul { line },
            Ending::Bomb { unpacked } => {
                ReadProblem::Bomb { ratio: self.expansion, read: self.bytes_read(), unpacked }
            }
            Ending::Failed(error) => match self.container {
                Container::Gzip => ReadProblem::Damaged { what: "gzip file", detail: error.to_string() },
                Container::Zstd => ReadProblem::Damaged { what: "zstd file", detail: error.to_string() },
                _ => ReadProblem::Io(error),
            },
            Ending::End => ReadProblem::Empty,
        }
    }

    /// Appends at least some text, or ends.
    fn load(&mut self) {
        let before = self.text.len();
        while self.text.len() == before && self.ending.is_none() {
            let mut raw = std::mem::take(&mut self.raw);
            let n = self.read_into(&mut raw);
            self.raw = raw;
            let ending = self.ending.take();
            self.decode(n, matches!(ending, Some(Ending::End)));
            if self.ending.is_none() {
                self.ending = ending;
            }
        }
    }

    /// One read; sets the ending where there is one and returns 0.
    fn read_into(&mut self, buffer: &mut [u8]) -> usize {
        let n = loop {
            match self.input.read(buffer) {
                Ok(n) => break n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.ending = Some(Ending::Failed(error));
                    return 0;
                }
            }
        };
        if n == 0 {
            self.ending = Some(Ending::End);
            return 0;
        }
        self.unpacked += n as u64;
        let allowed = self.bytes_read().saturating_mul(self.expansion);
        if self.container != Container::Plain
            && self.unpacked > self.expansion_floor
            && self.unpacked > allowed
        {
            self.ending = Some(Ending::Bomb { unpacked: self.unpacked });
            return 0;
        }
        n
    }

    /// Decodes the first `n` raw bytes and appends their text.
    fn decode(&mut self, n: usize, last: bool) {
        let before = self.text.len();
        let mut from = 0;
        loop {
            let left = n - from;
            let room = self.decoder.max_utf8_buffer_length_without_replacement(left).unwrap_or(4 * CHUNK);
            self.text.reserve(room);
            let (result, taken) =
                self.decoder.decode_to_string_without_replacement(&self.raw[from..n], &mut self.text, last);
            from += taken;
            match result {
                DecoderResult::InputEmpty => break,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(length, after) => {
                    // The offending bytes may have begun in the chunk before this one.
                    let end = from.saturating_sub(usize::from(after));
                    let start = end.saturating_sub(usize::from(length));
                    let back = u64::from(length) + u64::from(after);
                    let consumed = self.unpacked - (n - from) as u64;
                    self.ending = Some(Ending::Malformed {
                        offset: consumed.saturating_sub(back),
                        bytes: self.raw[start..end].to_vec(),
                        encoding: self.decoder.encoding().name(),
                    });
                    break;
                }
            }
        }
        if let Some(nul) = memchr::memchr(0, &self.text.as_bytes()[before..]) {
            self.text.truncate(before + nul);
            self.ending = Some(Ending::Nul);
        }
    }
}
