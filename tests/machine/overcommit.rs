//! What may be mapped in each overcommit mode, and what fails.

use super::{last, rows};

/// Pages that no call can have: more than the address space.
const ANY_PAGES: u64 = 1 << 33;

struct Row<'a> {
    names: &'a [&'a str],
    fields: &'a [&'a str],
}

impl Row<'_> {
    fn get(&self, name: &str) -> &str {
        self.fields[self.names.iter().position(|known| *known == name).expect("a column")]
    }

    fn number(&self, name: &str) -> u64 {
        self.get(name).parse().expect("a number")
    }

    fn machine(&self) -> String {
        let [mode, ratio, kbytes, uid] = ["mode", "ratio", "kbytes", "uid"].map(|name| self.get(name));
        let swap = match self.number("swap_pages") {
            0 => 0,
            pages => (pages + 1) * 4096,
        };
        format!(
            "machine(overcommit_memory={mode}, overcommit_ratio={ratio}, overcommit_kbytes={kbytes}, uid={uid}, swap={swap})\n\
             f = file(\"data\", 4096)\n"
        )
    }
}

#[test]
fn mappings_are_had_and_refused_as_on_linux() {
    let table = rows(include_str!("overcommit.tsv"));
    let names = &table[0];
    for fields in &table[1..] {
        let row = Row { names, fields };
        for (column, call) in [
            ("max_private_rw", "mmap(NULL, LEN, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)"),
            ("max_shared_rw", "mmap(NULL, LEN, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_ANONYMOUS, -1, 0)"),
            (
                "max_noreserve_rw",
                "mmap(NULL, LEN, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_NORESERVE, -1, 0)",
            ),
            ("max_private_r", "mmap(NULL, LEN, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)"),
            ("max_file_private_rw", "mmap(NULL, LEN, PROT_READ|PROT_WRITE, MAP_PRIVATE, f, 0)"),
            ("max_file_shared_rw", "mmap(NULL, LEN, PROT_READ|PROT_WRITE, MAP_SHARED, f, 0)"),
            (
                "max_growsdown_rw",
                "mmap(NULL, LEN, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_GROWSDOWN, -1, 0)",
            ),
        ] {
            largest(&row, column, call);
        }
        whole(&row);
    }
}

/// The largest mapping: that much is had, a page more is not.
fn largest(row: &Row<'_>, column: &str, call: &str) {
    let outcome = |pages: u64| last(&(row.machine() + &call.replace("LEN", &(pages * 4096).to_string())));
    if row.get(column) == "any" {
        assert!(outcome(ANY_PAGES).starts_with("0x"), "{column}: {}", row.machine());
        return;
    }
    let pages = twins_share(row, row.number(column));
    assert!(outcome(pages).starts_with("0x"), "{column}: {pages} pages; {}", row.machine());
    assert_eq!(outcome(pages + 1), "-1 ENOMEM", "{column}: {} pages; {}", pages + 1, row.machine());
}

/// In mode 2 the measured machine had promised memory to others, which the twin has not: only the limit and what is kept back can
/// be compared.
fn twins_share(row: &Row<'_>, measured: u64) -> u64 {
    if row.get("mode") != "2" {
        return measured;
    }
    const OWN_STACK: u64 = 33;
    const OWN_PART: u64 = 38 / 32;
    let admin = if row.get("uid") == "0" { 0 } else { 2048 };
    row.number("commitlimit_pages") - admin - OWN_PART - OWN_STACK - 1
}

/// Requests of all memory, and of 60 % of it twice or kept over a fork.
fn whole(row: &Row<'_>) {
    let total = row.number("total_pages");
    let map = |name: &str, pages: u64| {
        let bytes = pages * 4096;
        format!("{name} = mmap(NULL, {bytes}, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n")
    };
    let check = |column: &str, outcome: String| {
        let failed = outcome == "-1 ENOMEM" || outcome == "0x555555559000";
        let expected = row.get(column).ends_with("ENOMEM");
        assert_eq!(failed, expected, "{column}: {outcome}; {}", row.machine());
    };
    check("try_T", last(&(row.machine() + &map("a", total))));
    check("try_T_plus_1", last(&(row.machine() + &map("a", total + 1))));
    let large = match row.get("mode") {
        "2" => row.number("commitlimit_pages") * 6 / 10,
        _ => total * 6 / 10,
    };
    check("two_of_60pct", last(&(row.machine() + &map("a", large) + &map("b", large))));
    check("fork_with_60pct_private", last(&(row.machine() + &map("a", large) + "fork(2)\n")));
    let big = (total + 2) * 4096;
    let read_only = format!("a = mmap(NULL, {big}, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n");
    let protect = format!("mprotect(a, {big}, PROT_READ|PROT_WRITE)\n");
    check("mprotect_r_to_rw_big", last(&(row.machine() + &read_only + &protect)));
    let remap = format!("mremap(a, 4096, {big}, MREMAP_MAYMOVE)\n");
    check("mremap_small_to_big", last(&(row.machine() + &map("a", 1) + &remap)));
    check("brk_big", last(&(row.machine() + &format!("brk(heap+{big})\n"))));
}

#[test]
fn the_reserves_are_knobs() {
    let room = |keys: &str| {
        let machine = format!("machine(ram=1G, overcommit_memory=2, overcommit_kbytes=524288, {keys})\n");
        let tries = |pages: u64| {
            let map = format!(
                "mmap(NULL, {}, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n",
                pages * 4096
            );
            last(&(machine.clone() + &map)).starts_with("0x")
        };
        (0..18).rev().fold(0, |low, bit| if tries(low + (1 << bit)) { low + (1 << bit) } else { low })
    };
    let root = room("uid=0");
    assert_eq!(root, 131_072 - 33 - 1 - 1, "all but the stack's pages and a 32nd of the caller's");
    assert_eq!(root - room("uid=1000"), 2048, "8 MiB for root");
    assert_eq!(root - room("uid=1000, admin_reserve_kbytes=40"), 10);
    assert_eq!(room("uid=0, user_reserve_kbytes=0") - root, 1);
}
