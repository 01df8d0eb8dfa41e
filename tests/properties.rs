//! No input panics, however bad, and after it the machine still recounts to what it says.

use memtwin::workload::report::Report;
use memtwin::workload::source::Lines;
use memtwin::workload::syntax::constants;
use memtwin::workload::{Options, Runner, calls};
use memtwin_oracle::generate::{Profile, generate};
use proptest::prelude::*;

/// Seeds of each profile.
const SEEDS: u64 = 2;

/// Runs `text`; the machine must be consistent after every line, refused or not, and its ledger add up.
fn run(text: &[u8]) {
    let mut lines = Lines::new(std::io::Cursor::new(text.to_vec())).unwrap();
    let mut runner = Runner::new(Options::default());
    while let Ok(Some((number, line))) = lines.next_line() {
        let _ = runner.line(number, line, &mut std::io::sink());
        if let Some(twin) = runner.twin() {
            twin.kernel.machine.check().unwrap_or_else(|error| panic!("after {number}, {line:?}: {error}"));
        }
    }
    crate::scenarios::sums(&Report::of(&runner)).unwrap();
}

/// A number that is likely to matter.
fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<u64>().prop_map(|n| n.to_string()),
        any::<u64>().prop_map(|n| format!("{n:#x}")),
        (0u64..64).prop_map(|n| (1u64 << n).to_string()),
        (-20i64..20).prop_map(|n| n.to_string()),
        (0u64..64).prop_map(|pages| format!("{}", pages * 4096)),
        (0u64..64).prop_map(|pages| format!("mmap_base-{}", pages * 4096)),
        (0u64..64).prop_map(|pages| format!("heap+{}", pages * 4096)),
        Just("a".to_owned()),
        Just("f".to_owned()),
        Just("0x7ffffffff000".to_owned()),
        Just("-1".to_owned()),
    ]
}

fn constant() -> impl Strategy<Value = String> {
    let names: Vec<String> = constants().iter().map(|(name, _)| (*name).to_owned()).collect();
    prop::collection::vec(prop::sample::select(names), 1..4).prop_map(|names| names.join("|"))
}

fn argument() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => number(),
        4 => constant(),
        1 => Just("\"x\"".to_owned()),
        1 => Just("r".to_owned()),
        1 => Just("w".to_owned()),
    ]
}

/// A call with what look like arguments; long ranges of bytes are kept out, they only take time.
fn line() -> impl Strategy<Value = String> {
    let names: Vec<&str> = calls::calls().map(|call| call.name).filter(|name| *name != "memset").collect();
    let prefix = prop_oneof![8 => Just(""), 1 => Just("[2] "), 1 => Just("[1.2] ")];
    let binding = prop_oneof![3 => Just(""), 2 => Just("a = "), 1 => Just("f = ")];
    (prefix, binding, prop::sample::select(names), prop::collection::vec(argument(), 0..7))
        .prop_map(|(prefix, binding, name, args)| format!("{prefix}{binding}{name}({})", args.join(", ")))
}

/// A call that is likely to do something.
fn sane_line() -> impl Strategy<Value = String> {
    let range = || {
        (0u64..40, 1u64..40).prop_map(|(at, len)| format!("mmap_base-{}, {}", (at + len) * 4096, len * 4096))
    };
    let prot =
        prop::sample::select(vec!["PROT_NONE", "PROT_READ", "PROT_READ|PROT_WRITE", "PROT_READ|PROT_EXEC"]);
    let advice: Vec<String> = constants()
        .iter()
        .filter(|(name, _)| name.starts_with("MADV_"))
        .map(|(name, _)| (*name).to_owned())
        .collect();
    prop_oneof![
        (range(), prot.clone())
            .prop_map(|(r, p)| format!("mmap({r}, {p}, MAP_FIXED|MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)")),
        (range(), prot.clone())
            .prop_map(|(r, p)| format!("mmap({r}, {p}, MAP_FIXED|MAP_SHARED|MAP_ANONYMOUS, -1, 0)")),
        range().prop_map(|r| format!("munmap({r})")),
        (range(), prot).prop_map(|(r, p)| format!("mprotect({r}, {p})")),
        (range(), prop::sample::select(advice)).prop_map(|(r, a)| format!("madvise({r}, {a})")),
        range().prop_map(|r| format!("touch({r}, w)")),
        range().prop_map(|r| format!("touch({r}, r)")),
        range().prop_map(|r| format!("[2] touch({r}, w)")),
        range().prop_map(|r| format!("mlock({r})")),
        (0u64..100_000).prop_map(|size| format!("a = malloc({size})")),
        Just("free(a)".to_owned()),
        Just("fork(2)".to_owned()),
        Just("[2] exit(0)".to_owned()),
    ]
}

/// A machine, large or so small that it must reclaim, swap and kill.
fn machine() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "machine()",
        "machine(ram=1M)",
        "machine(ram=2M, swap=1M)",
        "machine(memcg=256K)",
        "machine(memcg=512K, swap=1M, swap_device=disk, page_cluster=2)",
        "machine(memcg=512K, swap=64K, swap_device=zram)",
        "machine(overcommit_memory=2, ram=4M)",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_are_refused_in_peace(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        run(&bytes);
    }

    #[test]
    fn random_text_is_refused_in_peace(text in "[a-f0-9()\\[\\]=,|+\\-.\"# KMGT\n]{0,200}") {
        run(text.as_bytes());
    }

    #[test]
    fn random_arguments_never_panic(lines in prop::collection::vec(line(), 1..20)) {
        run(lines.join("\n").as_bytes());
    }

    #[test]
    fn random_programs_leave_a_consistent_machine(
        machine in machine(),
        lines in prop::collection::vec(sane_line(), 1..30),
    ) {
        run(format!("{machine}\n{}", lines.join("\n")).as_bytes());
    }
}

/// The scenarios that are compared with the host's kernel, a few of each kind.
#[test]
fn generated_scenarios_leave_a_consistent_machine() {
    for profile in Profile::ALL {
        for seed in 0..SEEDS {
            let scenario = generate(seed, *profile);
            let outcome = std::panic::catch_unwind(|| run(scenario.as_bytes()));
            assert!(outcome.is_ok(), "seed {seed} of {}", profile.name());
        }
    }
}
