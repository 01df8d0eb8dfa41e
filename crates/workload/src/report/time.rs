//! The modelled time for people: the sum, how sure it is, and what it consists of, the most first.

use memtwin_kernel::mmu::cost::{ModelledTime, Part};

pub(super) fn rows(time: &ModelledTime) -> Vec<(String, String)> {
    if time.parts.is_empty() {
        return Vec::new();
    }
    let sure = percent(time.spread_ns, time.total_ns);
    let mut rows = vec![
        ("cost model".to_owned(), time.model.clone()),
        ("in all".to_owned(), format!("{} +- {sure}", duration(time.total_ns))),
        ("cycles per access".to_owned(), format!("{:.2}", time.cycles_per_access)),
    ];
    rows.extend(time.parts.iter().map(|part| row(part, time.total_ns)));
    rows
}

/// `NAME | 12 x  3.4 us +- 5 %  (60 %)`.
fn row(part: &Part, total_ns: f64) -> (String, String) {
    let text = format!(
        "{} x  {} +- {}  ({})",
        part.count,
        duration(part.ns),
        percent(part.spread_ns, part.ns),
        percent(part.ns, total_ns)
    );
    (part.name.clone(), text)
}

fn percent(part: f64, whole: f64) -> String {
    if whole == 0.0 { "0 %".to_owned() } else { format!("{:.0} %", 100.0 * part / whole) }
}

fn duration(ns: f64) -> String {
    const UNITS: [(f64, &str); 3] = [(1e9, "s"), (1e6, "ms"), (1e3, "us")];
    let unit = UNITS.iter().find(|(size, _)| ns >= *size);
    let (size, name) = unit.copied().unwrap_or((1.0, "ns"));
    format!("{:.2} {name}", ns / size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_says_how_much_and_how_sure() {
        let part = Part { name: "flushes".to_owned(), count: 4, ns: 2_000.0, spread_ns: 500.0 };
        assert_eq!(row(&part, 8_000.0).1, "4 x  2.00 us +- 25 %  (25 %)");
        assert_eq!(duration(12.0), "12.00 ns");
    }
}
