//! What every generated scenario has, whatever its seed.

use super::*;

#[test]
fn a_seed_gives_the_same_text_again() {
    for &profile in Profile::ALL {
        assert_eq!(generate(5, profile), generate(5, profile));
        assert_ne!(generate(5, profile), generate(6, profile));
    }
}

#[test]
fn scenarios_have_the_lengths_that_their_side_wants() {
    for &profile in Profile::ALL {
        for seed in 0..10 {
            let lines = generate(seed, profile).lines().count() - 1;
            let (low, high) = match profile.side() {
                Side::Kernel => (24, 310),
                Side::Malloc => (200, 5_000),
            };
            assert!((low..=high).contains(&lines), "{profile} {seed}: {lines} lines");
        }
    }
}

#[test]
fn names_are_bound_before_they_are_used() {
    for &profile in Profile::ALL {
        let text = generate(3, profile);
        for (number, line) in text.lines().enumerate() {
            for word in line.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| is_name(word)) {
                let bound =
                    text.lines().take(number + 1).any(|earlier| earlier.contains(&format!("{word} = ")));
                assert!(bound || line.contains(&format!("\"{word}\"")), "{profile}: {line}");
            }
        }
    }
}

fn is_name(word: &str) -> bool {
    let number = word.trim_start_matches(['m', 'f', 'p']);
    number.len() + 1 == word.len() && !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit())
}

#[test]
fn profiles_are_known_by_their_names() {
    for &profile in Profile::ALL {
        assert_eq!(profile.name().parse(), Ok(profile));
    }
    assert!("nothing".parse::<Profile>().is_err());
}
