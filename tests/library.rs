//! The twin as a library: what the crate's documentation promises of a clone.

use memtwin::{Config, Twin};

#[test]
fn a_clone_goes_its_own_way() {
    let mut twin = Twin::new(Config::default());
    let pid = twin.spawn().unwrap();
    let block = twin.process(pid).unwrap().malloc(64).unwrap();
    twin.process(pid).unwrap().task.store(block, 1, 8).unwrap();
    let mut other = twin.clone();
    other.process(pid).unwrap().task.store(block, 2, 8).unwrap();
    other.process(pid).unwrap().free(block).unwrap();
    assert_eq!(twin.process(pid).unwrap().task.load(block, 8).unwrap(), 1);
    assert_eq!(twin.process(pid).unwrap().malloc(64).unwrap(), block + 80);
    assert_eq!(other.process(pid).unwrap().malloc(64).unwrap(), block);
    twin.kernel.machine.check().unwrap();
    other.kernel.machine.check().unwrap();
}

#[test]
fn a_twin_can_be_sent_to_a_thread() {
    let mut twin = Twin::new(Config::default());
    let pid = twin.spawn().unwrap();
    let faults = std::thread::spawn(move || {
        twin.process(pid).unwrap().malloc(100).unwrap();
        twin.kernel.machine.ledger.minflt
    });
    assert_eq!(faults.join().unwrap(), 1);
}
