//! Host memory that a machine shares with those branched from it, piece by piece, until one of them changes a piece.
//!
//! A [`Shared`] store has its own memory, as large as all of it and untouched at first, and below it layers that nobody changes any
//! more. A piece is read where it was written last, and taken over into the own memory before it is changed. Its place is the same
//! in every layer. A store that never was frozen has no layers, and asks for none but by one comparison.

use std::sync::Arc;

/// Layers that lie on one another before they are made one: a read looks through so many at most.
const MAX_DEPTH: usize = 16;

/// What a [`Shared`] is made of.
pub(crate) trait Store {
    /// None at all.
    fn empty() -> Self;
    /// As large, all zeroes, at no cost.
    fn blank(&self) -> Self;
    /// Places the elements of `piece` from `from`; both have them.
    fn copy_piece(&mut self, from: &Self, piece: std::ops::Range<usize>);
}

/// Elements in pieces of 2^`piece_shift`.
#[derive(Debug)]
pub(crate) struct Shared<S> {
    own: S,
    below: Option<Box<Below<S>>>,
    piece_shift: u32,
}

/// What a store that is still changed knows of the layers below it.
#[derive(Debug)]
struct Below<S> {
    top: Arc<Layer<S>>,
    taken: Pieces,
}

/// A layer that is changed no more.
#[derive(Debug)]
pub(crate) struct Layer<S> {
    store: S,
    /// Those of the pieces below that are newer here.
    taken: Pieces,
    /// Pieces from here on are in no other layer below.
    end: usize,
    below: Option<Arc<Layer<S>>>,
    depth: usize,
}

/// Which of the pieces that are below have been taken over.
#[derive(Clone, Debug, Default)]
struct Pieces {
    words: Vec<u64>,
    /// So many pieces are below; those from here on never were.
    end: usize,
    any: bool,
}

impl Pieces {
    fn none_of(end: usize) -> Pieces {
        Pieces { words: vec![0; end.div_ceil(64)], end, any: false }
    }

    #[inline]
    fn has(&self, piece: usize) -> bool {
        piece >= self.end || self.words[piece / 64] >> (piece % 64) & 1 != 0
    }

    fn insert(&mut self, piece: usize) {
        self.words[piece / 64] |= 1 << (piece % 64);
        self.any = true;
    }

    /// Those that were taken over, of the pieces below.
    fn iter(&self) -> impl Iterator<Item = usize> {
        let words = self.words.iter().enumerate().filter(|(_, word)| **word != 0);
        words.flat_map(|(i, word)| {
            (0..64).filter(move |bit| word >> bit & 1 != 0).map(move |bit| i * 64 + bit)
        })
    }
}

impl<S> Below<S> {
    /// The layer that `piece` is in, if it was not taken over.
    fn layer_of(&self, piece: usize) -> Option<&Arc<Layer<S>>> {
        if self.taken.has(piece) {
            return None;
        }
        let mut layer = &self.top;
        while !layer.has(piece) {
            layer = layer.below.as_ref().expect("the last layer has all pieces");
        }
        Some(layer)
    }
}

impl<S> Layer<S> {
    pub(crate) fn store(&self) -> &S {
        &self.store
    }

    fn has(&self, piece: usize) -> bool {
        self.below.is_none() || self.taken.has(piece)
    }
}

impl<S: Store> Shared<S> {
    pub(crate) fn new(own: S, piece_shift: u32) -> Shared<S> {
        Shared { own, below: None, piece_shift }
    }

    /// The store that the piece with the element `at` is in.
    #[inline]
    pub(crate) fn of(&self, at: usize) -> &S {
        match &self.below {
            None => &self.own,
            Some(below) => self.below_of(below, at),
        }
    }

    #[cold]
    fn below_of<'a>(&'a self, below: &'a Below<S>, at: usize) -> &'a S {
        below.layer_of(at >> self.piece_shift).map_or(&self.own, |layer| &layer.store)
    }

    /// The layer that the piece with the element `at` is in, if it is not in the own store.
    pub(crate) fn layer_of(&self, at: usize) -> Option<Arc<Layer<S>>> {
        self.below.as_ref()?.layer_of(at >> self.piece_shift).cloned()
    }

    /// The own store, where the piece with the element `at` is from now on: to change it there.
    #[inline]
    pub(crate) fn of_mut(&mut self, at: usize) -> &mut S {
        if self.below.is_some() {
            self.take_over(at);
        }
        &mut self.own
    }

    /// Makes the piece with the element `at` the own store's.
    #[cold]
    fn take_over(&mut self, at: usize) {
        let Some(below) = &mut self.below else { return };
        let piece = at >> self.piece_shift;
        let Some(layer) = below.layer_of(piece) else { return };
        self.own.copy_piece(&layer.store, piece << self.piece_shift..(piece + 1) << self.piece_shift);
        below.taken.insert(piece);
    }

    /// Makes the piece with the element `at` the own store's, whatever it holds there: it is about to be replaced.
    #[inline]
    pub(crate) fn claim(&mut self, at: usize) {
        if let Some(below) = &mut self.below {
            let piece = at >> self.piece_shift;
            if !below.taken.has(piece) {
                below.taken.insert(piece);
            }
        }
    }

    /// Whether there are layers below the own store.
    #[inline]
    pub(crate) fn is_frozen(&self) -> bool {
        self.below.is_some()
    }

    /// The own store, in which are the pieces that were taken over or claimed.
    #[inline]
    pub(crate) fn own(&self) -> &S {
        &self.own
    }

    /// The same, to change such pieces or its size.
    #[inline]
    pub(crate) fn own_mut(&mut self) -> &mut S {
        &mut self.own
    }

    /// Puts all that is in use, the first `used` elements, into a layer: from now on a clone shares it, and is made at once.
    pub(crate) fn freeze(&mut self, used: usize) {
        let end = used.div_ceil(1 << self.piece_shift);
        let (below, taken) = match self.below.take() {
            Some(below) if !below.taken.any && below.taken.end == end => return self.below = Some(below),
            Some(below) => (Some(below.top), below.taken),
            None => (None, Pieces::default()),
        };
        let blank = self.own.blank();
        let store = std::mem::replace(&mut self.own, blank);
        let depth = below.as_ref().map_or(0, |layer| layer.depth) + 1;
        let mut layer = Layer { store, taken, end, below, depth };
        while layer.depth > MAX_DEPTH
            || layer.below.as_ref().is_some_and(|below| Arc::strong_count(below) == 1)
        {
            layer = layer.merge(self.piece_shift);
        }
        self.below = Some(Box::new(Below { top: Arc::new(layer), taken: Pieces::none_of(end) }));
    }
}

impl<S: Store> Layer<S> {
    /// One layer with all that this one and the next below it have.
    fn merge(self, piece_shift: u32) -> Layer<S> {
        let elements = |piece: usize| piece << piece_shift..(piece + 1) << piece_shift;
        let Some(next) = self.below else { return self };
        match Arc::try_unwrap(next) {
            // Nobody else sees it: what is newer goes into it.
            Ok(mut next) => {
                for piece in self.taken.iter().chain(self.taken.end..self.end) {
                    next.store.copy_piece(&self.store, elements(piece));
                    if piece < next.taken.end {
                        next.taken.insert(piece);
                    }
                }
                Layer { end: self.end, ..next }
            }
            // Others do: what is only there comes up.
            Err(next) => {
                let mut taken = next.taken.clone();
                let mut store = self.store;
                for piece in next.taken.iter().chain(next.taken.end..next.end) {
                    if self.taken.has(piece) {
                        continue;
                    }
                    store.copy_piece(&next.store, elements(piece));
                }
                let below = taken.end;
                self.taken.iter().filter(|piece| *piece < below).for_each(|piece| taken.insert(piece));
                Layer { store, taken, end: self.end, below: next.below.clone(), depth: next.depth }
            }
        }
    }
}

/// A [`Shared`] store that costs nothing before it is frozen: until then all is in `plain`, from then on nothing is, and who finds
/// an element out of its bounds looks in `shared`.
#[derive(Debug)]
pub(crate) struct LateShared<S> {
    pub(crate) plain: S,
    pub(crate) shared: Option<Box<Shared<S>>>,
    piece_shift: u32,
}

impl<S: Store> LateShared<S> {
    pub(crate) fn new(plain: S, piece_shift: u32) -> LateShared<S> {
        LateShared { plain, shared: None, piece_shift }
    }

    /// As [`Shared::freeze`].
    pub(crate) fn freeze(&mut self, used: usize) {
        let piece_shift = self.piece_shift;
        let plain = &mut self.plain;
        let start = || Box::new(Shared::new(std::mem::replace(plain, S::empty()), piece_shift));
        self.shared.get_or_insert_with(start).freeze(used);
    }

    /// As [`Shared::copy`].
    pub(crate) fn copy(&self, used: usize) -> LateShared<S> {
        let piece_shift = self.piece_shift;
        let Some(shared) = &self.shared else {
            let mut plain = self.plain.blank();
            plain.copy_piece(&self.plain, 0..used);
            return LateShared { plain, shared: None, piece_shift };
        };
        LateShared { plain: S::empty(), shared: Some(Box::new(shared.copy(used))), piece_shift }
    }
}

/// What is frozen is shared; what is not is copied.
impl<S: Store> Shared<S> {
    /// The same elements, of which the first `used` are in use.
    pub(crate) fn copy(&self, used: usize) -> Shared<S> {
        let end = used.div_ceil(1 << self.piece_shift);
        let mut own = self.own.blank();
        let below =
            self.below.as_ref().map(|below| Below { top: below.top.clone(), taken: below.taken.clone() });
        let none = Pieces::default();
        let taken = below.as_ref().map_or(&none, |below| &below.taken);
        for piece in taken.iter().chain(taken.end..end) {
            own.copy_piece(&self.own, piece << self.piece_shift..(piece + 1) << self.piece_shift);
        }
        Shared { own, below: below.map(Box::new), piece_shift: self.piece_shift }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    impl Store for Vec<u8> {
        fn empty() -> Vec<u8> {
            Vec::new()
        }

        fn blank(&self) -> Vec<u8> {
            vec![0; self.len()]
        }

        fn copy_piece(&mut self, from: &Vec<u8>, piece: std::ops::Range<usize>) {
            let piece = piece.start..piece.end.min(from.len());
            self.resize(self.len().max(piece.end), 0);
            self[piece.clone()].copy_from_slice(&from[piece]);
        }
    }

    #[derive(Clone, Debug)]
    enum Step {
        Set(usize, usize, u8),
        Grow(usize),
        Branch(usize),
        Copy(usize),
        Drop(usize),
    }

    fn step() -> impl Strategy<Value = Step> {
        let of = || 0usize..64;
        prop_oneof![
            8 => (of(), 0usize..200, any::<u8>()).prop_map(|(of, at, value)| Step::Set(of, at, value)),
            1 => of().prop_map(Step::Grow),
            4 => of().prop_map(Step::Branch),
            1 => of().prop_map(Step::Copy),
            1 => of().prop_map(Step::Drop),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Many stay alive, so that layers are merged that others still see.
        #[test]
        fn each_has_what_was_written_to_it(steps in prop::collection::vec(step(), 1..300)) {
            let mut all = vec![(Shared::new(vec![0u8; 100], 3), vec![0u8; 100])];
            for step in steps {
                let alive = all.len();
                match step {
                    // The last one most often: its layers grow deep.
                    Step::Set(of, at, value) => {
                        let (shared, model) = &mut all[of.min(alive - 1)];
                        let at = at % model.len();
                        shared.of_mut(at)[at] = value;
                        model[at] = value;
                    }
                    Step::Grow(of) => {
                        let (shared, model) = &mut all[of.min(alive - 1)];
                        shared.of_mut(model.len() - 1);
                        model.resize(model.len() + 5, 0);
                        shared.own_mut().resize(model.len(), 0);
                    }
                    Step::Branch(of) => {
                        let (shared, model) = &mut all[of.min(alive - 1)];
                        shared.freeze(model.len());
                        let branch = (shared.copy(model.len()), model.clone());
                        prop_assert!(branch.0.below.as_ref().is_some_and(|below| below.top.depth <= MAX_DEPTH));
                        all.push(branch);
                    }
                    Step::Copy(of) => {
                        let (shared, model) = &all[of.min(alive - 1)];
                        let copy = (shared.copy(model.len()), model.clone());
                        all.push(copy);
                    }
                    Step::Drop(of) if alive > 1 => drop(all.remove(of % alive)),
                    Step::Drop(_) => {}
                }
            }
            for (shared, model) in &all {
                let read: Vec<u8> = (0..model.len()).map(|at| shared.of(at)[at]).collect();
                prop_assert_eq!(&read, model);
            }
        }
    }
}
