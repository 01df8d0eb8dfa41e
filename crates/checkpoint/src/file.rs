//! Checkpoints in files: the whole state of a [`Session`], checked when it is read back.
//!
//! A file is one gzip member, whose own CRC-32 and length tell damage. Inside stand a magic number, the version of memtwin
//! that wrote it, a number for the layout of all that is in it, and the state in postcard's encoding. A file of another version
//! or layout is refused; there is no migration, since a scenario can be run again. What is only the host's matter (which host
//! bytes stand behind a frame, memos of the hit path) is not in it.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;

use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};

use crate::Session;

const MAGIC: [u8; 8] = *b"memtwin\x01";
const VERSION: &str = env!("CARGO_PKG_VERSION");

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Header {
    version: String,
    layout: u32,
}

/// Why a checkpoint could not be saved or loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The file could not be opened, read or written.
    #[error("{0}")]
    Io(#[source] io::Error),
    /// It is no checkpoint at all.
    #[error("not a checkpoint of memtwin (`memtwin run --save FILE` writes one)")]
    NotACheckpoint,
    /// It ends too early, or its bytes are not those that were written.
    #[error("the checkpoint is truncated or damaged ({0}); run the scenario again to write a new one")]
    Damaged(String),
    /// It is not all data.
    #[error("a policy or a malloc of your own is code, which no checkpoint holds")]
    NotData,
    /// Another version wrote it.
    #[error("the checkpoint was written by memtwin {found}, this is {VERSION}{}; run the scenario again to write a new one",
        if found == VERSION { " with another layout of its state" } else { "" })]
    Version {
        /// The version that wrote it.
        found: String,
    },
}

impl Session {
    /// Writes a checkpoint file.
    ///
    /// # Errors
    /// As [`save`](Session::save).
    pub fn save_to(&self, path: impl AsRef<Path>) -> Result<(), CheckpointError> {
        let file = File::create(path).map_err(CheckpointError::Io)?;
        self.save(BufWriter::new(file))
    }

    /// Reads a checkpoint file.
    ///
    /// # Errors
    /// If it cannot be read, is no checkpoint, damaged, or another version's.
    pub fn load_from(path: impl AsRef<Path>) -> Result<Session, CheckpointError> {
        Session::load(File::open(path).map_err(CheckpointError::Io)?)
    }

    /// Writes a checkpoint.
    ///
    /// # Errors
    /// [`CheckpointError::Io`], and [`CheckpointError::NotData`] with a policy or a malloc of one's own.
    pub fn save(&self, to: impl Write) -> Result<(), CheckpointError> {
        let mut file = GzEncoder::new(to, Compression::fast());
        let header = Header { version: VERSION.to_owned(), layout: layout() };
        let written = file.write_all(&MAGIC).map_err(CheckpointError::Io);
        written
            .and_then(|()| encode(&header, &mut file))
            .and_then(|()| encode(self, &mut file))
            .and_then(|()| file.finish().and_then(|mut inner| inner.flush()).map_err(CheckpointError::Io))
    }

    /// Reads a checkpoint.
    ///
    /// # Errors
    /// As [`load_from`](Session::load_from).
    pub fn load(from: impl Read) -> Result<Session, CheckpointError> {
        let bytes = unpack(from)?;
        let body = bytes.strip_prefix(&MAGIC).ok_or(CheckpointError::NotACheckpoint)?;
        let (header, body): (Header, _) = postcard::take_from_bytes(body).map_err(|error| damaged(&error))?;
        if header.version != VERSION || header.layout != layout() {
            return Err(CheckpointError::Version { found: header.version });
        }
        match postcard::take_from_bytes(body).map_err(|error| damaged(&error))? {
            (session, []) => Ok(session),
            (_, rest) => Err(CheckpointError::Damaged(format!("{} bytes too many", rest.len()))),
        }
    }
}

fn encode(value: &impl Serialize, to: &mut impl Write) -> Result<(), CheckpointError> {
    match postcard::to_io(value, to) {
        Ok(_) => Ok(()),
        // What a variant that is skipped comes to.
        Err(postcard::Error::SerdeSerCustom) => Err(CheckpointError::NotData),
        Err(error) => Err(CheckpointError::Io(io::Error::other(error))),
    }
}

fn damaged(error: &postcard::Error) -> CheckpointError {
    CheckpointError::Damaged(error.to_string())
}

/// All bytes of the one gzip member, behind which is nothing; the member's CRC is checked.
fn unpack(from: impl Read) -> Result<Vec<u8>, CheckpointError> {
    let mut decoder = GzDecoder::new(BufReader::new(from));
    let mut bytes = Vec::new();
    let result = decoder.read_to_end(&mut bytes);
    match result {
        Ok(_) => match io::copy(decoder.get_mut(), &mut io::sink()).map_err(CheckpointError::Io)? {
            0 => Ok(bytes),
            more => Err(CheckpointError::Damaged(format!("{more} bytes too many"))),
        },
        Err(error) if decoder.header().is_none() && bytes.is_empty() => Err(unreadable(error)),
        Err(error) => Err(CheckpointError::Damaged(error.to_string())),
    }
}

/// What does not even begin as gzip.
fn unreadable(error: io::Error) -> CheckpointError {
    match error.kind() {
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
            CheckpointError::NotACheckpoint
        }
        _ => CheckpointError::Io(error),
    }
}

/// A number for the names and types of all fields that a checkpoint has (`build.rs`).
fn layout() -> u32 {
    env!("MEMTWIN_LAYOUT").parse().unwrap_or_default()
}
