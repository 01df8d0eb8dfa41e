//! The pools of huge pages: set, and looked at.

use memtwin_kernel::mmu::PoolCounts;

use super::Family::{State, System};
use super::Param::Value;
use super::{Args, Call, Caller, Outcome, Stop};

pub(super) const CALLS: &[Call] = &[
    Call::new("nr_hugepages", System, &[Value("pages")], nr_hugepages),
    Call::new("nr_hugepages_1g", System, &[Value("pages")], nr_hugepages_1g),
    Call::new("nr_overcommit_hugepages", System, &[Value("pages")], nr_overcommit_hugepages),
    Call::new("hugepages", State, &[], hugepages),
];

/// Sets the pool of 2 MiB pages; how many it has then.
fn nr_hugepages(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    Ok(Outcome::Number(caller.twin.kernel.machine.set_nr_hugepages(1, a.value(0))))
}

/// The same of 1 GiB.
fn nr_hugepages_1g(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    Ok(Outcome::Number(caller.twin.kernel.machine.set_nr_hugepages(2, a.value(0))))
}

/// Sets how many surplus pages of 2 MiB there may be.
fn nr_overcommit_hugepages(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    Ok(Outcome::Number(caller.twin.kernel.machine.set_nr_overcommit_hugepages(a.value(0))))
}

/// The figures that are not 0 of the pool of 2 MiB, then, with `1g_` before them, of that of 1 GiB.
fn hugepages(caller: &mut Caller<'_>, _: &Args<'_>) -> Result<Outcome, Stop> {
    let machine = &caller.twin.kernel.machine;
    let pools = [("", machine.hugetlb_pool(1)), ("1g_", machine.hugetlb_pool(2))];
    let figures = pools.iter().flat_map(|(prefix, pool)| {
        let shown = figures(pool).into_iter().filter(|(_, figure)| *figure != 0);
        shown.map(move |(name, figure)| format!("{prefix}{name}={figure}"))
    });
    Ok(Outcome::Text(figures.collect::<Vec<_>>().join(" ")))
}

fn figures(pool: &PoolCounts) -> [(&'static str, u64); 4] {
    [("total", pool.total), ("free", pool.free), ("rsvd", pool.reserved), ("surp", pool.surplus)]
}
