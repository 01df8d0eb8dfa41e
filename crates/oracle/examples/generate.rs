//! `generate SEED PROFILE` prints a random scenario; without arguments, the names of the profiles.

use memtwin_oracle::generate::{Profile, generate};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [seed, profile] = arguments.as_slice() else {
        Profile::ALL.iter().for_each(|profile| println!("{profile}"));
        return ExitCode::SUCCESS;
    };
    match (seed.parse(), profile.parse::<Profile>()) {
        (Ok(seed), Ok(profile)) => {
            print!("{}", generate(seed, profile));
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("usage: generate [SEED PROFILE]");
            ExitCode::from(2)
        }
    }
}
