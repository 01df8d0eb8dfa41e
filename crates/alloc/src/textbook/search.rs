//! Searching a free list by its fit, and the list's links, which stand in the free pieces.

use memtwin_kernel::Signal;
use serde::{Deserialize, Serialize};

use crate::Os;

use super::policy::Fit;
use super::tags::{Piece, TAG};

/// A circular list of free pieces, newest first; 0 is none.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct List {
    first: u64,
    /// Where the next search of next fit begins.
    rover: u64,
}

impl List {
    fn next<O: Os>(os: &mut O, at: u64) -> Result<u64, Signal> {
        os.load64(at.wrapping_add(TAG))
    }

    fn set_next<O: Os>(os: &mut O, at: u64, next: u64) -> Result<(), Signal> {
        os.store64(at.wrapping_add(TAG), next)
    }

    fn previous<O: Os>(os: &mut O, at: u64) -> Result<u64, Signal> {
        os.load64(at.wrapping_add(2 * TAG))
    }

    fn set_previous<O: Os>(os: &mut O, at: u64, previous: u64) -> Result<(), Signal> {
        os.store64(at.wrapping_add(2 * TAG), previous)
    }

    /// Puts a piece first.
    pub(super) fn insert<O: Os>(&mut self, os: &mut O, piece: Piece) -> Result<(), Signal> {
        if self.first == 0 {
            Self::set_next(os, piece.at, piece.at)?;
            Self::set_previous(os, piece.at, piece.at)?;
            self.rover = piece.at;
        } else {
            let last = Self::previous(os, self.first)?;
            Self::set_next(os, piece.at, self.first)?;
            Self::set_previous(os, piece.at, last)?;
            Self::set_next(os, last, piece.at)?;
            Self::set_previous(os, self.first, piece.at)?;
        }
        self.first = piece.at;
        Ok(())
    }

    /// Takes a piece off.
    pub(super) fn remove<O: Os>(&mut self, os: &mut O, piece: Piece) -> Result<(), Signal> {
        let next = Self::next(os, piece.at)?;
        if next == piece.at {
            *self = Self::default();
            return Ok(());
        }
        let previous = Self::previous(os, piece.at)?;
        Self::set_next(os, previous, next)?;
        Self::set_previous(os, next, previous)?;
        if self.first == piece.at {
            self.first = next;
        }
        if self.rover == piece.at {
            self.rover = next;
        }
        Ok(())
    }

    /// The piece that serves a request of `size` bytes by this fit.
    pub(super) fn search<O: Os>(&mut self, os: &mut O, fit: Fit, size: u64) -> Result<Option<Piece>, Signal> {
        let start = if fit == Fit::Next { self.rover } else { self.first };
        let mut chosen: Option<Piece> = None;
        let mut at = start;
        while at != 0 {
            let piece = Piece::at(os, at)?;
            let better = match (fit, chosen) {
                _ if piece.size < size => false,
                (_, None) => true,
                (Fit::Best, Some(best)) => piece.size < best.size,
                (Fit::Worst, Some(worst)) => piece.size > worst.size,
                (Fit::First | Fit::Next, Some(_)) => false,
            };
            if better {
                chosen = Some(piece);
            }
            at = Self::next(os, at)?;
            let enough = matches!(fit, Fit::First | Fit::Next)
                || chosen.is_some_and(|c| fit == Fit::Best && c.size == size);
            if at == start || (enough && chosen.is_some()) {
                break;
            }
        }
        if let Some(piece) = chosen {
            self.rover = piece.at;
        }
        Ok(chosen)
    }

    /// Bytes on the list, and pieces.
    pub(super) fn total<O: Os>(self, os: &mut O) -> Result<(u64, u64), Signal> {
        let (mut bytes, mut pieces, mut at) = (0u64, 0, self.first);
        while at != 0 {
            bytes = Piece::at(os, at)?.size.wrapping_add(bytes);
            pieces += 1;
            at = Self::next(os, at)?;
            if at == self.first {
                break;
            }
        }
        Ok((bytes, pieces))
    }
}
