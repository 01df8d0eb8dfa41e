//! What the experiments answer: a snapshot each.

use insta::assert_snapshot;

use crate::ask::{EXPERIMENTS, Experiment, ask};

#[test]
fn each_experiment_answers_as_before() {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for experiment in EXPERIMENTS {
            let answer = ask(experiment).unwrap_or_else(|error| panic!("{}: {error}", experiment.name));
            assert_snapshot!(experiment.name, answer);
        }
    });
}

#[test]
fn names_are_found() {
    for experiment in EXPERIMENTS {
        assert_eq!(Experiment::named(experiment.name).map(|found| found.name), Some(experiment.name));
    }
    assert!(Experiment::named("nothing").is_none());
}
