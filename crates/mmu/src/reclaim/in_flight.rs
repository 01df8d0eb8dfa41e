//! Pages on their way to an asynchronous swap device: gathered into requests, then written (Linux: `blk_plug`,
//! `blk_attempt_plug_merge`, `blk_add_rq_to_plug`).
//!
//! The device is a virtual disk: one thread of the host takes what the queue holds, serves request after request, and says that all of it is
//! done. So a batch of many small requests, as written from a swap area in pieces, is in flight longer than one large request.

use super::writes::Writes;
use crate::swap::{SlotId, SwapDevice};
use crate::{Machine, Pfn};
use serde::{Deserialize, Serialize};

/// Pages in one request of a virtual disk (virtio-blk: 254 segments).
const REQUEST_PAGES: u32 = 254;
/// Requests that wait in the plug before it is pulled (Linux: `BLK_MAX_REQUEST_COUNT`).
const PLUG_REQUESTS: usize = 32;
/// The last request is large enough not to wait for another one: 128 KiB (Linux: `BLK_PLUG_FLUSH_SIZE`).
const PLUG_PAGES: u32 = 32;

/// Pages being written, and those that wait to be.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct InFlight {
    /// Pages that the device has not been given yet.
    plugged: Vec<Pfn>,
    /// The requests that they make.
    requests: Vec<Request>,
    /// Those that it has.
    writes: Writes,
}

/// Neighbouring slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Request {
    first: u32,
    pages: u32,
}

impl Request {
    /// Takes `slot` in if it is next to the others.
    fn merge(&mut self, slot: u32) -> bool {
        let fits = self.pages < REQUEST_PAGES;
        let (before, behind) = (slot + 1 == self.first, slot == self.first + self.pages);
        self.first -= u32::from(fits && before);
        self.pages += u32::from(fits && (before || behind));
        fits && (before || behind)
    }
}

impl InFlight {
    /// A page is to be written to `slot`; false if the plug must be pulled first.
    pub(super) fn add(&mut self, pfn: Pfn, slot: SlotId) -> bool {
        let merged = self.requests.last_mut().is_some_and(|last| last.merge(slot.0));
        if !merged && self.is_full() {
            return false;
        }
        if !merged {
            self.requests.push(Request { first: slot.0, pages: 1 });
        }
        self.plugged.push(pfn);
        true
    }

    fn is_full(&self) -> bool {
        self.requests.len() >= PLUG_REQUESTS
            || self.requests.last().is_some_and(|last| last.pages >= PLUG_PAGES)
    }

    /// Lets the device have what waits; false if nothing does.
    pub(super) fn pull_plug(&mut self, now_ns: u64) -> bool {
        let pages = self.plugged.len() as u64;
        if pages == 0 {
            return false;
        }
        let busy_ns = self.last_end_ns().unwrap_or(0);
        let begins = busy_ns.max(now_ns + SwapDevice::WAKE_NS);
        let ends = begins
            + self.requests.drain(..).len() as u64 * SwapDevice::REQUEST_NS
            + pages * SwapDevice::PAGE_NS;
        self.plugged.drain(..).for_each(|pfn| self.writes.push(ends, pfn));
        true
    }

    /// When the device has written all that it has been given.
    pub(super) fn last_end_ns(&self) -> Option<u64> {
        self.writes.last_end_ns()
    }

    /// When the device has written a page that it has been given.
    pub(super) fn end_ns(&self, pfn: Pfn) -> Option<u64> {
        self.writes.end_ns(pfn)
    }

    /// The page of the next write that has ended by `now_ns`.
    pub(super) fn pop_ended(&mut self, now_ns: u64) -> Option<Pfn> {
        self.writes.pop_ended(now_ns)
    }

    /// Nobody waits for a page any more.
    pub(super) fn forget(&mut self, pfn: Pfn) {
        if !self.writes.forget(pfn) {
            self.plugged.retain(|page| *page != pfn);
        }
    }

    /// The pages.
    pub(super) fn pages(&self) -> impl Iterator<Item = Pfn> {
        self.plugged.iter().copied().chain(self.writes.pages())
    }
}

impl Machine {
    /// A page is handed to an asynchronous device: its write waits in the plug with those before it.
    pub(crate) fn submit_write(&mut self, pfn: Pfn, slot: SlotId) {
        let Some(lruvec) = &mut self.phys.lruvec else { return };
        if !lruvec.in_flight.add(pfn, slot) {
            self.pull_plug();
            self.lruvec().in_flight.add(pfn, slot);
        }
    }

    /// Lets the device have what waits in the plug.
    pub(crate) fn pull_plug(&mut self) {
        let now_ns = self.clock.now_ns();
        if self.phys.lruvec.as_mut().is_some_and(|lruvec| lruvec.in_flight.pull_plug(now_ns)) {
            self.clock.advance(SwapDevice::NOTIFY_NS);
        }
    }

    /// Waits for a read that an asynchronous device has been asked for: its turn comes after the writes before it.
    pub(crate) fn wait_for_read(&mut self) {
        let busy_ns =
            self.phys.lruvec.as_ref().and_then(|lruvec| lruvec.in_flight.last_end_ns()).unwrap_or(0);
        let begins = busy_ns.max(self.clock.now_ns() + SwapDevice::WAKE_NS);
        self.clock.advance_to(begins + SwapDevice::REQUEST_NS);
        self.end_writes();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_make_one_request_and_many_requests_pull_the_plug() {
        let mut writes = InFlight::default();
        for page in 0..254 {
            assert!(writes.add(Pfn(page), SlotId(1 + page)), "{page}");
        }
        assert!(!writes.add(Pfn(254), SlotId(255)), "virtio-blk takes no more at once");
        assert!(writes.pull_plug(1_000));
        let one = writes.last_end_ns().unwrap();
        for page in 300..332 {
            assert!(writes.add(Pfn(page), SlotId(page * 2)));
        }
        assert!(!writes.add(Pfn(332), SlotId(1000)), "32 requests");
        assert!(writes.pull_plug(1_000));
        assert_eq!(
            writes.last_end_ns().unwrap() - one,
            32 * (SwapDevice::REQUEST_NS + SwapDevice::PAGE_NS),
            "after the first batch"
        );
        assert!(!writes.pull_plug(1_000));
    }

    #[test]
    fn a_forgotten_page_does_not_end() {
        let mut writes = InFlight::default();
        for page in 0..3 {
            writes.add(Pfn(page), SlotId(page));
        }
        writes.forget(Pfn(1));
        writes.pull_plug(0);
        writes.forget(Pfn(2));
        assert_eq!(writes.end_ns(Pfn(2)), None);
        let end = writes.end_ns(Pfn(0)).unwrap();
        assert_eq!(writes.pop_ended(end - 1), None);
        assert_eq!([writes.pop_ended(end), writes.pop_ended(end)], [Some(Pfn(0)), None]);
        assert_eq!(writes.pages().count(), 0);
    }
}
