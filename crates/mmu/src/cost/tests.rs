//! Presets are whole, and time is what a hand reckons.

use super::*;
use crate::FaultCause;

#[test]
fn presets_are_whole_and_name_their_source() {
    for name in preset_names() {
        let model = CostModel::preset(name).unwrap();
        assert_eq!(model.check(), Ok(()), "{name}");
        assert!(model.source.len() > 40, "{name}");
    }
    assert_eq!(CostModel::preset("none"), None);
}

#[test]
fn time_is_counts_times_costs() {
    let mut model = CostModel::new("test", "made up", 2.0);
    for known in names() {
        model.set(known.name, Cost::new(10.0, 1.0)).unwrap();
    }
    model.set("fault.AnonWrite", Cost::new(500.0, 50.0)).unwrap();
    let mut counts = Counts { accesses: 100, page_flushes: 2, zeroed_pages: 3, ..Counts::default() };
    counts.faults.insert(FaultCause::AnonWrite, 3);
    counts.faults.insert(FaultCause::CowReuse, 1);
    counts.calls.insert("brk".to_owned(), 4);
    let time = model.time(&counts);
    assert_eq!(time.total_ns, 1000.0 + 20.0 + 30.0 + 1500.0 + 10.0 + 40.0);
    assert_eq!(time.spread_ns, 100.0 + 2.0 + 3.0 + 150.0 + 1.0 + 4.0);
    assert_eq!(time.cycles_per_access, 2600.0 * 2.0 / 100.0);
    assert_eq!(time.parts[0].name, "fault AnonWrite");
    assert_eq!(time.parts.len(), 6);
}

#[test]
fn a_walk_costs_more_where_tables_are_larger_than_a_cache() {
    let model = CostModel::default();
    let costs = [8 << 10, 256 << 10, 8 << 20, 1 << 30].map(|bytes| model.leaf_reference(bytes).ns);
    assert!(costs.windows(2).all(|pair| pair[0] < pair[1]), "{costs:?}");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let mut model = CostModel::default();
    let unknown = |name: &str| Err(CostError::Unknown(name.to_owned()));
    assert_eq!(model.set("fault.Nonsense", Cost::default()), unknown("fault.Nonsense"));
    assert_eq!(model.set("call.", Cost::default()), unknown("call."));
    let nan = Cost::new(f64::NAN, 0.0);
    assert_eq!(model.set("access", nan), Err(CostError::Unsound("access".to_owned())));
    assert_eq!(CostModel::new("", "", 1.0).check(), Err(CostError::Missing("access")));
}
