//! Which call did it.

use memtwin_kernel::mmu::VirtAddr;
use memtwin_workload::{Options, Twin};

use super::lines;
use crate::bisect::{first_call, last_call};

/// 5,000 lines of which line 4,321 writes to the second page.
fn scenario() -> String {
    let mut text = "a = mmap(NULL, 64K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n".to_owned();
    for line in 2..=5000 {
        text.push_str(if line == 4321 { "store(a+4K, 1)\n" } else { "store(a, 1)\n" });
    }
    text
}

fn resident(twin: &Twin, pages: u64) -> bool {
    let map = twin.kernel.maps(1).unwrap();
    let a = map.iter().find(|entry| !entry.hidden).map_or(0, |entry| entry.start);
    twin.kernel.pagemap(1, a, pages * 4096).unwrap().iter().all(|entry| entry.letter() == 'P')
}

#[test]
fn the_first_call_after_which_something_holds_is_found() {
    let mut asked = 0;
    let holds = |twin: &Twin| {
        asked += 1;
        resident(twin, 2)
    };
    let found = first_call(&mut lines(&scenario()), Options::default(), holds).unwrap().unwrap();
    assert_eq!((found.line, found.text.as_str()), (4321, "store(a+4K, 1)"));
    assert!(found.difference.to_string().contains("1 page became resident"), "{}", found.difference);
    assert!(asked < 600, "asked {asked} times");
    assert!(first_call(&mut lines("rusage()\n"), Options::default(), |_| false).unwrap().is_none());
}

#[test]
fn the_last_call_is_the_one_since_which_it_holds() {
    let text = "p = malloc(10)\nfree(p)\nq = malloc(500)\nfree(q)\nr = malloc(10)\nrusage()\n";
    let peek = |twin: &Twin| {
        let mm = twin.kernel.process(1).unwrap().mm;
        let mut word = [0; 8];
        twin.kernel.machine.peek(mm, VirtAddr::new(0x5555_5555_92a0), &mut word);
        let heap = crate::State::heap(twin, 1).unwrap().to_string();
        heap.contains("(10 asked for)")
    };
    let found = last_call(&mut lines(text), Options::default(), peek).unwrap().unwrap();
    assert_eq!((found.line, found.text.as_str()), (5, "r = malloc(10)"));
}
