//! What comes back from a file is what went in, and nothing else is taken.

use memtwin_workload::{MallocKind, Options};

use std::io::{Cursor, Read, Write};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use memtwin_workload::report::Report;
use memtwin_workload::source::Lines;

use crate::{CheckpointError, Session};

fn lines(scenario: &str) -> Lines {
    Lines::new(Cursor::new(scenario.as_bytes().to_vec())).expect("text")
}

fn ran(scenario: &str) -> Session {
    let mut session = Session::new(Options::default());
    session.run(&mut lines(scenario), None, &mut Vec::new()).expect("a scenario");
    session
}

/// All that the views say.
fn state(session: &Session) -> String {
    let kernel = &session.twin().unwrap().kernel;
    let machine = &kernel.machine;
    let mut text = format!("{}{}", machine.view_frames(), machine.view_tlb());
    for pid in kernel.pids() {
        let process = kernel.process(pid).unwrap();
        text += &kernel.maps_text(pid).unwrap();
        text += &format!("{process:?}{}{}", machine.mm(process.mm).vmas, machine.view_tables(process.mm));
    }
    text + &Report::of(session.runner()).to_json()
}

const SCENARIO: &str = "machine(ram=64M, swap=16M, memcg=8M)
p = malloc(100000)
touch(p, 100000, w)
q = malloc(24)
free(q)
m = mmap(NULL, 16M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
touch(m, 12M, w)
f = file(\"data\", 64K)
g = mmap(NULL, 64K, PROT_READ, MAP_SHARED, f, 0)
touch(g, 64K, r)
fork(2)
[2] store(m, 7, 8)
thread(2)
[1.2] r = malloc(500)
";

const REST: &str = "[1.2] free(r)
touch(m, 12M, r)
[2] load(m, 8)
[2] exit(0)
mallinfo()
smaps()
status()
vmstat()
";

fn saved(session: &Session) -> Vec<u8> {
    let mut bytes = Vec::new();
    session.save(&mut bytes).unwrap();
    bytes
}

fn log_of_the_rest(session: &mut Session) -> String {
    let mut log = Vec::new();
    session.run(&mut lines(&format!("{SCENARIO}{REST}")), None, &mut log).unwrap();
    String::from_utf8(log).unwrap()
}

#[test]
fn a_session_that_was_saved_goes_on_as_if_it_was_not() {
    let mut session = ran(SCENARIO);
    session.twin().unwrap().kernel.machine.check().unwrap();
    let mut back = Session::load(&saved(&session)[..]).unwrap();
    assert_eq!(state(&session), state(&back));
    back.twin().unwrap().kernel.machine.check().unwrap();
    let log = log_of_the_rest(&mut session);
    assert!(log.starts_with("[1.2] free(r) -> 0\ntouch"), "{log}");
    assert_eq!(log, log_of_the_rest(&mut back));
    assert_eq!(state(&session), state(&back));
    assert_eq!(saved(&session), saved(&back));
}

#[test]
fn a_branch_is_saved_like_what_it_was_branched_from() {
    let mut session = ran(SCENARIO);
    let alone = saved(&session);
    let mut branch = session.branch();
    assert_eq!((saved(&session) == alone, saved(&branch) == alone), (true, true));
    let mut back = Session::load(&alone[..]).unwrap();
    let log = log_of_the_rest(&mut branch);
    assert_eq!((log_of_the_rest(&mut session), log_of_the_rest(&mut back)), (log.clone(), log));
    branch.twin().unwrap().kernel.machine.check().unwrap();
}

#[test]
fn another_version_is_refused() {
    let inside = |bytes: &[u8]| {
        let mut text = Vec::new();
        GzDecoder::new(bytes).read_to_end(&mut text).unwrap();
        text
    };
    let mut text = inside(&saved(&ran("p = malloc(100)\n")));
    let digit = text.iter().position(|byte| *byte == b'.').unwrap() - 1;
    text[digit] = b'9';
    let mut file = GzEncoder::new(Vec::new(), Compression::fast());
    file.write_all(&text).unwrap();
    let error = Session::load(&file.finish().unwrap()[..]).err().unwrap();
    assert!(error.to_string().starts_with("the checkpoint was written by memtwin 9."), "{error}");
}

#[test]
fn every_malloc_can_be_saved() {
    for malloc in MallocKind::ALL {
        let mut session = Session::new(Options { malloc: malloc.into(), ..Options::default() });
        session.run(&mut lines("p = malloc(100)\nq = malloc(9)\nfree(p)\n"), None, &mut Vec::new()).unwrap();
        let mut back = Session::load(&saved(&session)[..]).unwrap();
        let next = |session: &mut Session| {
            let mut log = Vec::new();
            session.line(4, "malloc(100)", &mut log).unwrap();
            log
        };
        assert_eq!(next(&mut session), next(&mut back), "{malloc}");
    }
}

#[test]
fn what_is_damaged_is_refused() {
    let bytes = saved(&ran("p = malloc(100)\n"));
    for end in [0, 1, 9, bytes.len() / 2, bytes.len() - 1] {
        assert!(Session::load(&bytes[..end]).is_err(), "{end} of {} bytes", bytes.len());
    }
    for at in (10..bytes.len()).step_by(bytes.len() / 40) {
        let mut bad = bytes.clone();
        bad[at] ^= 0x10;
        // Some bits mean nothing: the time in gzip's header, the padding at its end.
        let taken = Session::load(&bad[..]).is_ok_and(|session| saved(&session) != bytes);
        assert!(!taken, "byte {at}");
    }
    let more = Session::load(&[&bytes[..], b"more"].concat()[..]).err().unwrap().to_string();
    assert!(more.contains("damaged (4 bytes too many)"), "{more}");
    assert!(matches!(Session::load(&b"p = malloc(100)"[..]), Err(CheckpointError::NotACheckpoint)));
}

#[test]
fn lines_that_are_not_those_that_ran_are_run_on_top() {
    let mut session = ran("p = malloc(100)\n");
    let mut log = Vec::new();
    let last = session.run(&mut lines("free(p)\nmalloc(100)\n"), Some(1), &mut log).unwrap();
    assert_eq!(last, 1);
    assert_eq!(String::from_utf8(log).unwrap(), "free(p) -> 0\n");
}

#[test]
fn code_of_ones_own_is_refused() {
    let refused = |change: fn(&mut memtwin_workload::Twin)| {
        let mut session = Session::new(Options::default());
        session.play("rusage()").unwrap();
        change(session.twin_mut().unwrap());
        matches!(session.clone().save(&mut Vec::new()), Err(CheckpointError::NotData))
    };
    assert!(refused(|twin| twin.use_malloc(1, memtwin_alloc::Bump::new()).unwrap()));
    assert!(refused(|twin| twin.kernel.machine.reclaim_by(memtwin_mmu::policy::Fifo::new())));
    assert!(!refused(|_| {}));
}
