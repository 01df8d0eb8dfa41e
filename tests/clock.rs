//! What a tick of the clock decides in a log.

use memtwin::Config;
use memtwin::workload::{Options, Runner};

/// One file was made longer, so that the next commit of the journal writes its last page; the other's times change with a store, if the
/// clock has ticked since it was made, and its fsync has something to commit then.
const SCENARIO: &str = r#"f = file("f", 4K)
longer = file("longer", 8193)
m = mmap(NULL, 4K, PROT_READ|PROT_WRITE, MAP_SHARED, f, 0)
l = mmap(NULL, 12K, PROT_READ, MAP_SHARED, longer, 0)
touch(l, 12K, r)
ftruncate(longer, 8194)
store(m, 1)
fsync(f)
smaps()
"#;

/// Whether the longer file's last page is still dirty at the end.
fn stays_dirty(calls_per_tick: u64) -> bool {
    let mut options = Options::default();
    options.config.calls_per_tick = calls_per_tick;
    let mut runner = Runner::new(options);
    let mut log = Vec::new();
    for (at, line) in SCENARIO.lines().enumerate() {
        runner.line(at as u64 + 1, line, &mut log).unwrap();
    }
    String::from_utf8(log).unwrap().contains("Private_Dirty=4")
}

#[test]
fn an_fsync_commits_what_a_tick_has_made_a_change() {
    assert!(stays_dirty(u64::MAX));
    assert!(stays_dirty(Config::default().calls_per_tick));
    assert!(!stays_dirty(1));
    assert!(!stays_dirty(0));
}
