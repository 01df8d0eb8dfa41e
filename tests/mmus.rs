//! One program under every way to translate addresses: it sees the same, and what that costs is as counted by hand.

use memtwin::mmu::cost::CostModel;
use memtwin::mmu::paging::FormatName;
use memtwin::workload::compare::{Compared, compare};
use memtwin::workload::source::Lines;
use memtwin::workload::{Options, Runner};

fn runs(scenario: &str, mmus: &[FormatName]) -> Vec<Compared> {
    let lines: Vec<(u64, String)> = (1..).zip(scenario.lines().map(str::to_owned)).collect();
    compare(&lines, &Options::default(), mmus, &CostModel::default()).unwrap()
}

fn log(mmu: FormatName, scenario: &str) -> String {
    let mut runner = Runner::new(Options { mmu: Some(mmu), ..Options::default() });
    let mut log = Vec::new();
    for (number, line) in (1..).zip(scenario.lines()) {
        runner.line(number, line, &mut log).unwrap();
    }
    runner.twin().unwrap().kernel.machine.check().unwrap();
    String::from_utf8(log).unwrap()
}

const PROGRAM: &str = "\
a = mmap(NULL, 1M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
touch(a, 1M, w)
store(a+64K, 0x41)
store(a+64K+4095, 0x1234, 2)
p = malloc(100000)
memset(p, 7, 100000)
q = malloc(300)
store(q, 0x1122334455667788, 8)
f = file(\"data\", 200000)
m = mmap(NULL, 200000, PROT_READ|PROT_WRITE, MAP_PRIVATE, f, 0)
load(m+70001, 8)
store(m+70000, 9)
fork(2)
[2] load(a+64K)
[2] store(a+64K, 0x42)
load(a+64K)
[2] load(p+99999)
mprotect(a, 64K, PROT_READ)
store(a, 1)
store(a+64K, 5)
b = mremap(a+128K, 128K, 256K, MREMAP_MAYMOVE)
load(b)
munmap(a, 64K)
load(a)
madvise(b, 64K, MADV_DONTNEED)
load(b, 8)
pread(f, p, 8192, 4096)
load(p+5, 4)
load(q, 8)
free(p)
[2] load(q, 8)
[2] exit(0)
load(m+70000, 2)
";

#[test]
fn the_program_sees_the_same_under_each() {
    for run in runs(PROGRAM, &FormatName::ALL) {
        let differs = run.why.filter(|why| !why.starts_with("cannot run"));
        assert_eq!(differs, None, "{}", run.mmu);
        assert!(run.same_results && (run.runs || run.mmu == "pdp11"), "{}", run.mmu);
        log(run.mmu.parse().unwrap(), PROGRAM);
    }
}

/// Recorded programs, under each; walks of trees take as many references as there are levels, but for those that find no table.
#[test]
fn real_programs_see_the_same_under_each() {
    for program in ["82-real-sqlite", "85-real-jq"] {
        let path = format!("{}/tests/scenarios/real/{program}.scn.gz", env!("CARGO_MANIFEST_DIR"));
        let mut lines = Lines::new(std::fs::File::open(path).unwrap()).unwrap();
        let mut scenario = Vec::new();
        while let Some((number, text)) = lines.next_line().unwrap() {
            scenario.push((number, text.to_owned()));
        }
        let rows = compare(&scenario, &Options::default(), &FormatName::ALL, &CostModel::default()).unwrap();
        for run in rows {
            let (tlb, translation) = (&run.report.tlb, &run.report.translation);
            assert!(run.same_results, "{program} {}: {:?}", run.mmu, run.why);
            assert_eq!(run.runs, run.mmu != "pdp11", "{program} {}: {:?}", run.mmu, run.why);
            if translation.is_paged && translation.hashed.is_none() {
                let levels = u64::from(run.mmu.parse::<FormatName>().unwrap().format().levels);
                let full = tlb.walks * levels;
                assert!((full - 16..=full).contains(&tlb.walk_references), "{program} {}", run.mmu);
            }
        }
    }
}

/// A table for the first page near mmap_base: 4 kB on 2 MiB, but on 512 MiB the stack's is there already. VmPTE is the kernel's own
/// tables also where the hardware has another.
#[test]
fn a_page_takes_a_table_of_the_format_s_size() {
    let ask =
        "a = mmap(NULL, 4K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\nstore(a, 1)\nstatus()";
    for name in FormatName::ALL {
        let vm_pte =
            log(name, ask).split_whitespace().find_map(|word| Some(word.strip_prefix("VmPTE=")?.to_owned()));
        let wanted = match name {
            FormatName::Arm64K | FormatName::Single => None,
            FormatName::Arm16K => Some("16"),
            _ => Some("4"),
        };
        assert_eq!(vm_pte.as_deref(), wanted, "{name}");
    }
}

#[test]
fn a_short_walk_takes_few_references() {
    let scenario =
        "a = mmap(NULL, 64K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\ntouch(a, 64K, w)\n";
    let run = |name: FormatName| runs(scenario, &[name]).remove(0).report;
    // Each of 16 pages is walked for twice: the walk that faults and the one that is tried again. The first finds no table.
    for (name, levels) in [(FormatName::X86, 2), (FormatName::Sv39, 3), (FormatName::X86_64La57, 5)] {
        let report = run(name);
        assert_eq!((report.faults.minflt, report.tlb.walks), (16, 32), "{name}");
        assert_eq!(report.tlb.walk_references, 32 * levels - 1, "{name}");
    }
    let big = run(FormatName::Arm64K);
    assert_eq!((big.faults.minflt, big.translation.page_bytes), (1, 65536));
}

#[test]
fn a_32_bit_process_has_no_room_for_8_gib() {
    let ask = "machine(ram=4G)\na = mmap(NULL, 8G, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_NORESERVE, -1, 0)";
    for name in FormatName::ALL {
        let answer = log(name, ask);
        let is_32_bit = name.format().task_size < 1 << 32;
        assert_eq!(answer.contains("-1 ENOMEM"), is_32_bit, "{name}: {answer}");
    }
}

#[test]
fn addresses_and_tables_follow_the_format() {
    let ask = "machine(ram=4G)\na = mmap(NULL, 4K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\nstore(a, 1)\n\
               maps()\nstatus()";
    insta::assert_snapshot!(log(FormatName::X86, ask), @r"
    machine(ram=4G) -> 0
    a = mmap(NULL, 4K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) -> 0xb7fff000
    store(a, 1) -> 0 minflt=1
    maps() ->
      b7fff000-b8000000 rw-p 00000000
    status() -> VmPeak=4 VmSize=4 VmHWM=4 VmRSS=4 RssAnon=4 VmData=4 VmPTE=4
    ");
    insta::assert_snapshot!(log(FormatName::Arm64K, ask), @r"
    machine(ram=4G) -> 0
    a = mmap(NULL, 4K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) -> 0xfffff7ff0000
    store(a, 1) -> 0 minflt=1
    maps() ->
      fffff7ff0000-fffff8000000 rw-p 00000000
    status() -> VmPeak=64 VmSize=64 VmHWM=64 VmRSS=64 RssAnon=64 VmData=64
    ");
}

#[test]
fn a_frame_has_one_address_in_an_inverted_table() {
    let scenario = "m = memfd(\"shared\", 4096)\na = mmap(NULL, 4K, PROT_READ|PROT_WRITE, MAP_SHARED, m, 0)\nstore(a, 1)\n\
                    fork(2)\n[2] load(a)\nload(a)\n[2] load(a)\nload(a)\n";
    let reports = runs(scenario, &[FormatName::Inverted, FormatName::Clustered]);
    let hashed: Vec<_> = reports.iter().map(|run| run.report.translation.hashed.clone().unwrap()).collect();
    assert!(hashed[0].alias_evictions > 0 && hashed[1].alias_evictions == 0, "{hashed:?}");
    assert_eq!(
        reports[0].report.faults.minflt, reports[1].report.faults.minflt,
        "refills are no page faults"
    );
}

#[test]
fn swap_entries_fit_in_every_format() {
    let scenario = "machine(ram=256M, swap=64M, memcg=8M)\n\
                    a = mmap(NULL, 24M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n\
                    memset(a, 3, 24M)\nload(a+4K, 8)\nload(a+23M, 8)\nload(a+64K, 8)\n";
    for run in runs(scenario, &FormatName::ALL) {
        assert!(run.same_results, "{}: {:?}", run.mmu, run.why);
    }
}
