//! A vector in pieces, which machines that were branched from one another share until one of them changes them.
//!
//! For what is looked at on slow paths alone: each look follows a pointer more than one into a plain vector. A branch takes over a
//! pointer for 1024 elements.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::sync::Arc;

const SHIFT: u32 = 10;
const LEN: usize = 1 << SHIFT;

type Elements<T> = Box<[T; LEN]>;

#[derive(Clone, Debug)]
enum Piece<T> {
    Own(Elements<T>),
    Shared(Arc<Elements<T>>),
}

/// Elements by number; those that were not set are the default.
#[derive(Clone, Debug)]
pub(crate) struct Pieces<T> {
    pieces: Vec<Piece<T>>,
}

impl<T> Default for Pieces<T> {
    fn default() -> Self {
        Pieces { pieces: Vec::new() }
    }
}

impl<T: Clone + Default> Pieces<T> {
    /// An element, if it or a later one was set.
    #[inline]
    pub(crate) fn get(&self, at: usize) -> Option<&T> {
        self.pieces.get(at >> SHIFT).map(|piece| &piece.elements()[at & (LEN - 1)])
    }

    /// An element, to be set.
    #[inline]
    pub(crate) fn at(&mut self, at: usize) -> &mut T {
        let piece = at >> SHIFT;
        if piece >= self.pieces.len() {
            self.reach(piece);
        }
        &mut self.pieces[piece].own()[at & (LEN - 1)]
    }

    #[cold]
    fn reach(&mut self, piece: usize) {
        self.pieces.resize_with(piece + 1, || Piece::Own(blank()));
    }

    /// All elements, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.pieces.iter().flat_map(|piece| piece.elements().iter())
    }

    /// From now on a clone shares all.
    pub(crate) fn freeze(&mut self) {
        self.pieces = std::mem::take(&mut self.pieces).into_iter().map(Piece::frozen).collect();
    }
}

fn blank<T: Clone + Default>() -> Elements<T> {
    whole(Vec::with_capacity(LEN))
}

/// A piece that begins so; what is beyond is the default.
fn whole<T: Clone + Default>(mut elements: Vec<T>) -> Elements<T> {
    elements.resize(LEN, T::default());
    match elements.into_boxed_slice().try_into() {
        Ok(elements) => elements,
        Err(_) => unreachable!("it has this length now"),
    }
}

impl<T: Clone> Piece<T> {
    #[inline]
    fn elements(&self) -> &[T; LEN] {
        match self {
            Piece::Own(elements) => elements,
            Piece::Shared(elements) => elements,
        }
    }

    #[inline]
    fn own(&mut self) -> &mut [T; LEN] {
        if let Piece::Shared(shared) = self {
            *self = copied(shared);
        }
        match self {
            Piece::Own(elements) => elements,
            Piece::Shared(_) => unreachable!("it was copied"),
        }
    }

    fn frozen(self) -> Piece<T> {
        match self {
            Piece::Own(elements) => Piece::Shared(Arc::new(elements)),
            shared @ Piece::Shared(_) => shared,
        }
    }
}

#[cold]
fn copied<T: Clone>(shared: &Elements<T>) -> Piece<T> {
    Piece::Own(shared.clone())
}

/// As a plain vector's: who shares them does not show.
impl<T: Clone + Default + Serialize> Serialize for Pieces<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().collect::<Vec<_>>())
    }
}

impl<'de, T: Clone + Default + Deserialize<'de>> Deserialize<'de> for Pieces<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Pieces<T>, D::Error> {
        let mut rest = Vec::<T>::deserialize(deserializer)?.into_iter();
        let mut next = || Some(rest.by_ref().take(LEN).collect()).filter(|piece: &Vec<T>| !piece.is_empty());
        let pieces = std::iter::from_fn(|| next().map(|piece| Piece::Own(whole(piece)))).collect();
        Ok(Pieces { pieces })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_has_what_was_there_and_goes_its_own_way() {
        let mut first = Pieces::<u32>::default();
        *first.at(0) = 1;
        *first.at(5000) = 2;
        first.freeze();
        let mut second = first.clone();
        *second.at(5000) = 3;
        *second.at(9000) = 4;
        *first.at(1) = 5;
        let some =
            |pieces: &Pieces<u32>| [0, 1, 5000, 9000].map(|at| pieces.get(at).copied().unwrap_or_default());
        assert_eq!((some(&first), some(&second)), ([1, 5, 2, 0], [1, 0, 3, 4]));
        assert_eq!(first.iter().filter(|element| **element != 0).count(), 3);
    }

    #[test]
    fn a_branch_copies_what_is_changed_alone() {
        let mut first = Pieces::<u32>::default();
        *first.at(3 * LEN - 1) = 1;
        first.freeze();
        let mut second = first.clone();
        *second.at(LEN) = 1;
        let owned = second.pieces.iter().map(|piece| matches!(piece, Piece::Own(_)));
        assert_eq!(owned.collect::<Vec<_>>(), [false, true, false]);
    }
}
