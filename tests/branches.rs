//! Branches of a run are apart from one another: each gives the log and the state of a run of its own lines alone, whatever the
//! others do, and however they were branched and dropped.

use memtwin::workload::Options;
use memtwin::{Sections, Session, State};
use proptest::prelude::*;

/// Runs that are alive at once, at most.
const ALIVE: usize = 5;

/// Memory enough; and of a third of the mapping, with Linux's lists and with policies of the literature.
const MACHINES: [&str; 4] = [
    "machine(ram=1G)",
    "machine(memcg=2M, swap=64M)",
    "machine(memcg=2M, swap=64M, reclaim=clock)",
    "machine(memcg=2M, swap=64M, reclaim=arc, swap_device=disk)",
];

#[derive(Clone, Debug)]
enum Step {
    Line(usize, String),
    Branch(usize),
    Clone(usize),
    Drop(usize),
}

/// A line for a mapping of 6 MiB, whose frames' descriptors and slots are several pieces of what is shared.
fn line() -> impl Strategy<Value = String> {
    let page = || 0u32..1536;
    prop_oneof![
        6 => (page(), 1u64..1 << 40).prop_map(|(page, value)| format!("store(p+{}K, {value})", page * 4)),
        4 => page().prop_map(|page| format!("load(p+{}K, 8)", page * 4)),
        2 => (0u32..1400, 1u32..136).prop_map(|(page, pages)| format!("touch(p+{}K, {}K, w)", page * 4, pages * 4)),
        2 => (0u32..1400, 1u32..136).prop_map(|(page, pages)| format!("touch(p+{}K, {}K, r)", page * 4, pages * 4)),
        2 => (0u32..1400, 1u32..136)
            .prop_map(|(page, pages)| format!("madvise(p+{}K, {}K, MADV_DONTNEED)", page * 4, pages * 4)),
        1 => page().prop_map(|page| format!("mprotect(p+{}K, 4K, PROT_READ)", page * 4)),
        1 => page().prop_map(|page| format!("munmap(p+{}K, 8K)", page * 4)),
        1 => page().prop_map(|page| format!("mmap(p+{}K, 12K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0)", page * 4)),
        1 => (1u32..3).prop_map(|pid| format!("fork({pid})")),
        1 => (1u32..3, page()).prop_map(|(pid, page)| format!("[{pid}] store(p+{}K, {pid})", page * 4)),
        1 => (1u32..3).prop_map(|pid| format!("[{pid}] exit()")),
        1 => (0u32..60, 1u32..5).prop_map(|(page, pages)| format!("pwrite(f, p+{}K, {}K, {}K)", page * 4, pages * 4, page * 4)),
        1 => (0u32..60).prop_map(|page| format!("load(m+{}K, 8)", page * 4)),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (0..ALIVE, line()).prop_map(|(run, line)| Step::Line(run, line)),
        3 => (0..ALIVE).prop_map(Step::Branch),
        1 => (0..ALIVE).prop_map(Step::Clone),
        1 => (0..ALIVE).prop_map(Step::Drop),
    ]
}

/// A run with the lines that led to it.
struct Run {
    session: Session,
    lines: Vec<String>,
    log: Vec<u8>,
}

impl Run {
    fn new(machine: &str) -> Run {
        let mut run = Run { session: Session::new(Options::default()), lines: Vec::new(), log: Vec::new() };
        for line in [
            machine,
            "f = file(\"f\", 256K)",
            "m = mmap(NULL, 256K, PROT_READ|PROT_WRITE, MAP_SHARED, f, 0)",
            "p = mmap(NULL, 6M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)",
        ] {
            run.line(line);
        }
        run
    }

    /// Runs a line; one that is refused (a process that is not there) is none of the run's.
    fn line(&mut self, line: &str) {
        let number = self.lines.len() as u64 + 1;
        if self.session.line(number, line, &mut self.log).is_ok() {
            self.lines.push(line.to_owned());
        }
    }

    fn with(&self, session: Session) -> Run {
        Run { session, lines: self.lines.clone(), log: self.log.clone() }
    }

    /// It is what the same lines give when nothing is branched.
    fn check(mut self) {
        let twin = self.session.twin().expect("lines were run");
        twin.kernel.machine.check().unwrap_or_else(|error| panic!("{error}\nafter {:#?}", self.lines));
        let mut alone = Session::new(Options::default());
        let mut log = Vec::new();
        for (number, line) in (1..).zip(&self.lines) {
            alone.line(number, line, &mut log).expect("it ran before");
        }
        let text = |log: &[u8]| String::from_utf8_lossy(log).into_owned();
        assert_eq!(text(&self.log), text(&log), "{:#?}", self.lines);
        let state = |session: &Session| State::raw(session.twin().unwrap(), Sections::all()).to_string();
        assert_eq!(state(&self.session), state(&alone), "{:#?}", self.lines);
        for page in (0..1536).step_by(3) {
            let load = format!("load(p+{}K, 8)", page * 4);
            let number = self.lines.len() as u64 + 1;
            let (mut here, mut there) = (Vec::new(), Vec::new());
            self.session.line(number, &load, &mut here).unwrap();
            alone.line(number, &load, &mut there).unwrap();
            assert_eq!(text(&here), text(&there), "{:#?}", self.lines);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn each_branch_is_a_run_of_its_own(
        machine in prop::sample::select(&MACHINES[..]),
        steps in prop::collection::vec(step(), 20..120),
    ) {
        let mut runs = vec![Run::new(machine)];
        for step in steps {
            let alive = runs.len();
            match step {
                Step::Line(run, line) => runs[run % alive].line(&line),
                Step::Branch(run) if alive < ALIVE => {
                    let session = runs[run % alive].session.branch();
                    let new = runs[run % alive].with(session);
                    runs.push(new);
                }
                Step::Clone(run) if alive < ALIVE => {
                    let new = runs[run % alive].with(runs[run % alive].session.clone());
                    runs.push(new);
                }
                Step::Drop(run) if alive > 1 => drop(runs.swap_remove(run % alive)),
                _ => {}
            }
        }
        runs.into_iter().for_each(Run::check);
    }
}
