//! The strings against the checksums that were recorded with the measured experiments (FNV-1a over little-endian words of
//! store bit, region, class and page).

use super::{Reference, References, Region, SpecError, parse};

fn checksum(spec: &[(&str, u32)]) -> (usize, u64) {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut count = 0;
    for &(line, class) in spec {
        for reference in References::new(parse(line.lines()).expect("a good line")) {
            for byte in word(reference, class).to_le_bytes() {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
            }
            count += 1;
        }
    }
    (count, hash)
}

fn word(reference: Reference, class: u32) -> u32 {
    let region = match reference.region {
        Region::Anonymous => 0,
        Region::SharedFile => 1,
        Region::PrivateFile => 2,
        Region::ReadWrite => 3,
    };
    u32::from(reference.store) << 31 | region << 28 | class << 24 | reference.page as u32
}

#[test]
fn strings_equal_the_recorded_ones() {
    assert_eq!(
        checksum(&[("seq a 0 32768 1 100 0", 0), ("zipf 0.99 a 0 32768 262144 50 1 21", 1)]),
        (294912, 0x5206909fcf5a9235)
    );
    assert_eq!(
        checksum(&[("seq a 0 32768 1 100 0", 0), ("chase a 0 32768 98304 50 1 42", 1)]),
        (131072, 0xd6d660877ba745c1)
    );
    assert_eq!(
        checksum(&[("seq a 0 32768 1 100 0", 0), ("stride a 0 32768 7 131072 0 1", 1)]),
        (163840, 0x96c8f4b8bbe48f25)
    );
    assert_eq!(
        checksum(&[("seq a 0 32768 1 100 0", 0), ("uni a 0 32768 98304 50 1 7", 1)]),
        (131072, 0x7f1910e8cf750994)
    );
}

#[test]
fn a_mix_goes_round_and_skips_who_is_through() {
    let pages: Vec<u64> =
        References::new(parse("mix 2 1\nseq a 0 3 1 0 0\nseq a 10 4 1 0 1".lines()).unwrap())
            .map(|reference| reference.page)
            .collect();
    assert_eq!(pages, [0, 1, 10, 2, 11, 12, 13]);
}

#[test]
fn bad_lines_are_refused_with_the_word() {
    assert!(matches!(parse(["walk a 0 1 1 0 0"]), Err(SpecError::Kind(_))));
    assert!(matches!(parse(["seq a 0 1 1 0"]), Err(SpecError::Words { wanted: 7, found: 6, .. })));
    assert!(matches!(parse(["seq x 0 1 1 0 0"]), Err(SpecError::Word { .. })));
    assert!(matches!(parse(["seq a 0 0 1 0 0"]), Err(SpecError::Word { .. })));
    assert!(matches!(parse(["mix 1 1", "seq a 0 1 1 0 0"]), Err(SpecError::Mix(_))));
    assert!(matches!(parse(["zipf nan a 0 9 9 0 0 1"]), Err(SpecError::Word { .. })));
}
