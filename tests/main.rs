//! Whole-system tests in one binary: recorded scenarios, random input, the report, and the house rules.

mod ask;
mod branches;
mod clock;
mod differential;
mod failing_files;
mod file_reads;
mod huge;
mod library;
mod machine;
mod mmus;
mod nothing_lost;
mod policies;
mod pressure;
mod proc_text;
mod properties;
mod report;
mod scenarios;
mod snapshots;
mod tidy;
