//! Zones and watermarks as `/proc/zoneinfo` shows them.

use super::{rows, run};

#[test]
fn zoneinfo_shows_what_linux_shows() {
    let table = rows(include_str!("watermarks.tsv"));
    for zones in table.chunks(3) {
        let managed: u64 = zones.iter().map(|row| row[3].parse::<u64>().expect("pages")).sum();
        let (kbytes, factor) = (zones[0][0], zones[0][1]);
        let machine = format!(
            "machine(ram={}, min_free_kbytes={kbytes}, watermark_scale_factor={factor})",
            managed * 4096
        );
        let (log, _) = run(&format!("{machine}\nproc(\"zoneinfo\")\n"));
        for row in zones {
            let figures = figures(&log, row[2]);
            assert_eq!(figures[..4], [row[4], row[5], row[6], row[7]], "{machine}: {}", row[2]);
            assert_eq!((figures[6], figures[7]), (row[3], row[10]), "{machine}: {}", row[2]);
            if row[2] != "Normal" {
                assert_eq!(figures[4..6], [row[8], row[9]], "where {} is", row[2]);
            }
        }
    }
}

/// min, low, high, promo, spanned, present, managed and protection of a zone.
fn figures<'a>(log: &'a str, zone: &str) -> Vec<&'a str> {
    let header = format!("Node 0, zone {zone:>8}");
    let lines = log.lines().skip_while(|line| line.trim() != header);
    let names = ["min ", "low ", "high ", "promo ", "spanned ", "present ", "managed ", "protection: "];
    let lines: Vec<&str> = lines.map(str::trim).collect();
    let find = |name: &&str| lines.iter().find_map(|line| line.strip_prefix(*name)).expect("the line");
    names.iter().map(|name| find(name).trim_start().trim_matches(['(', ')'])).collect()
}

#[test]
fn the_default_of_min_free_kbytes_is_what_linux_chose() {
    let (log, _) = run("proc(\"zoneinfo\")\n");
    let (small, _) = run("machine(ram=256M)\nproc(\"zoneinfo\")\n");
    let mins = |log: &str| -> u64 {
        let mins = log.lines().filter_map(|line| line.trim().strip_prefix("min "));
        mins.map(|text| text.trim().parse::<u64>().expect("pages")).sum::<u64>() - 32
    };
    assert_eq!(mins(&log), 67_584 / 4 - 1, "a page is lost to rounding");
    assert_eq!(
        mins(&small),
        2048 / 4,
        "the root of 16 times 262144 kB; below 512 MiB no khugepaged asks for more"
    );
}
