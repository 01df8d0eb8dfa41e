//! Accesses at the edges: of pages, of the address space, of what is mapped.

use crate::limits::Limits;
use crate::{AccessErrorKind, Config, Machine, MmId, Pte, PteFlags, VirtAddr};

const PAGE: u64 = 4096;
const RIGHTS: PteFlags = PteFlags::PRESENT.union(PteFlags::WRITABLE).union(PteFlags::USER);

/// Pages 1 and 2 are mapped; nothing stands behind them in the way of mappings, so any fault is fatal.
fn machine() -> (Machine, MmId) {
    let mut machine = Machine::new(Config { ram_bytes: 16 << 20, ..Config::default() });
    let mm = machine.new_mm(Limits::default()).expect("memory");
    for page in [1, 2] {
        let pfn = machine.phys.alloc().expect("memory");
        let tables = &mut machine.mms[mm.index()].as_mut().expect("a live mm").tables;
        let at = tables.ensure(&mut machine.phys, VirtAddr::new(page * PAGE), 0).expect("memory");
        tables.write(&mut machine.phys, at, Pte::new(pfn, RIGHTS));
    }
    machine.switch_mm(mm);
    (machine, mm)
}

fn kind(result: Result<(), crate::AccessError>) -> Option<(AccessErrorKind, u64)> {
    result.err().map(|error| (error.kind, error.addr.get()))
}

#[test]
fn an_access_may_span_two_pages() {
    let (mut machine, _) = machine();
    let at = VirtAddr::new(2 * PAGE - 3);
    machine.store(at, 0x0102_0304_0506_0708, 8).expect("mapped");
    assert_eq!(machine.load(at, 8), Ok(0x0102_0304_0506_0708));
    assert_eq!(machine.load(VirtAddr::new(2 * PAGE), 4), Ok(0x0203_0405));
    assert_eq!(machine.load(at, 3), Ok(0x06_0708));
}

#[test]
fn a_store_that_fails_in_its_second_page_changes_nothing() {
    let (mut machine, mm) = machine();
    let at = VirtAddr::new(3 * PAGE - 4);
    let failed = kind(machine.store(at, u64::MAX, 8));
    assert_eq!(failed, Some((AccessErrorKind::MapErr, 3 * PAGE)));
    let mut bytes = [1; 4];
    assert!(machine.peek(mm, at, &mut bytes));
    assert_eq!(bytes, [0; 4]);
}

#[test]
fn addresses_outside_the_format_are_no_page_faults() {
    let (mut machine, _) = machine();
    for at in [1 << 47, 1 << 63, (1 << 59) + PAGE, u64::MAX << 47 ^ 1 << 60, (1 << 47) - 4] {
        let failed = kind(machine.load(VirtAddr::new(at), 8).map(drop)).map(|(kind, _)| kind);
        let expected =
            if at == (1 << 47) - 4 { AccessErrorKind::MapErr } else { AccessErrorKind::NonCanonical };
        assert_eq!(failed, Some(expected), "{at:#x}");
    }
    assert_eq!(
        kind(machine.load(VirtAddr::new(u64::MAX - 3), 8).map(drop)).map(|k| k.0),
        Some(AccessErrorKind::MapErr)
    );
}

#[test]
fn zeroes_on_a_fresh_page_take_no_host_memory() {
    let (mut machine, _) = machine();
    let (at, before) = (VirtAddr::new(PAGE), machine.phys.host().used_slots());
    machine.store(at, 0, 8).expect("mapped");
    machine.store(at + 8, 0, 4).expect("mapped");
    machine.memset(at, 0, PAGE).expect("mapped");
    machine.touch_write(at).expect("mapped");
    assert_eq!(machine.phys.host().used_slots(), before);
    machine.store(at + 8, 1, 1).expect("mapped");
    assert_eq!((machine.load(at, 8), machine.load(at + 8, 8)), (Ok(0), Ok(1)));
    assert_eq!(machine.phys.host().used_slots(), before + 1);
    machine.memset(at, 0, PAGE).expect("mapped");
    assert_eq!((machine.load(at + 8, 8), machine.phys.host().used_slots()), (Ok(0), before));
}

#[test]
fn a_peek_leaves_no_trace() {
    let (machine, mm) = machine();
    let stats = *machine.tlb.stats();
    let mut bytes = [1; 8];
    assert!(machine.peek(mm, VirtAddr::new(2 * PAGE), &mut bytes));
    assert!(!machine.peek(mm, VirtAddr::new(3 * PAGE - 4), &mut bytes));
    assert_eq!((bytes, *machine.tlb.stats()), ([0; 8], stats));
    assert!(!machine.view_tables(mm).to_string().contains('A'));
}

#[test]
fn nothing_can_be_accessed_without_an_address_space() {
    let mut machine = Machine::new(Config { ram_bytes: 16 << 20, ..Config::default() });
    assert!(machine.load(VirtAddr::new(PAGE), 8).is_err());
    assert!(machine.store(VirtAddr::new(PAGE), 1, 3).is_err());
    assert!(machine.fetch(VirtAddr::new(PAGE)).is_err());
}

#[test]
fn a_page_in_a_used_slot_holds_what_was_stored() {
    let (mut machine, mm) = machine();
    let mut model = vec![0; 2 * PAGE as usize];
    let mut random = 1_u64;
    for step in 0..20_000 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let size = 1 << (random >> 20 & 3);
        let at = ((random >> 40) % (2 * PAGE - 8)) >> (random >> 30 & 7);
        let (addr, range) = (VirtAddr::new(PAGE + at), at as usize..at as usize + size);
        match random >> 60 {
            0 => {
                let page = at / PAGE * PAGE;
                machine.memset(VirtAddr::new(PAGE + page), 0xaa, PAGE).expect("mapped");
                machine.memset(VirtAddr::new(PAGE + page), 0, PAGE).expect("mapped");
                model[page as usize..(page + PAGE) as usize].fill(0);
            }
            1 => {
                let mut bytes = vec![1; model.len()];
                assert!(machine.peek(mm, VirtAddr::new(PAGE), &mut bytes));
                assert!(bytes == model, "step {step}");
            }
            2..8 => {
                machine.store(addr, random, size as u32).expect("mapped");
                model[range].copy_from_slice(&random.to_le_bytes()[..size]);
            }
            _ => {
                let mut bytes = [0; 8];
                bytes[..size].copy_from_slice(&model[range]);
                assert_eq!(machine.load(addr, size as u32), Ok(u64::from_le_bytes(bytes)), "step {step}");
            }
        }
    }
}
