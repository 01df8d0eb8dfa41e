//! One process touches new pages until it is killed: how many fit.

use super::{rows, run};

/// Pages of the measured process, and of the kernel for it, that count in its group and not in the twin's.
const OWN_PAGES: u64 = 28;
/// As near as the capacity is to be met, where the runs were that near to each other.
const EDGE_PAGES: u64 = 4;

#[test]
fn as_many_pages_fit_as_on_linux() {
    for row in rows(include_str!("oom-growth.tsv")) {
        let [name, kind, limit, device, swap, least, most] = row[..] else { panic!("seven columns") };
        let [least, most] = [least, most].map(|text| text.parse::<u64>().expect("pages"));
        let len = 2 * most * 4096;
        let make = match kind {
            "m" => format!("malloc({len})"),
            "b" => format!("sbrk({len})"),
            _ => format!("mmap(NULL, {len}, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)"),
        };
        let start = format!(
            "machine(memcg={limit}, swap={swap}, swap_device={device})\n\
             own = mmap(NULL, {}, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_LOCKED, -1, 0)\na = {make}\n",
            OWN_PAGES * 4096
        );
        let fits =
            |pages: u64| !run(&format!("{start}memset(a, 1, {})\n", pages * 4096)).0.contains("SIGKILL");
        let edge = EDGE_PAGES.max(most - least);
        assert!(fits(least - edge), "{name}: {least} pages fit");
        assert!(!fits(most + edge), "{name}: {most} pages are all");
    }
}
