//! What lines mean, and which are refused.

use super::*;

fn parsed(line: &str) -> (Statement, Vec<String>) {
    let mut args = Vec::new();
    let statement = parse_line(line, &mut args).unwrap().unwrap();
    (statement, args.iter().map(|span| span.of(line).to_owned()).collect())
}

fn fault(line: &str) -> Fault {
    parse_line(line, &mut Vec::new()).unwrap_err()
}

fn value(text: &str) -> Result<u64, Problem> {
    let mut names = Names::default();
    names.bind("a", 0x1000);
    eval(text, Span::new(0, text.len()), &names).map_err(|fault| fault.problem)
}

#[test]
fn takes_a_line_apart() {
    let line = "  [2.3] a1 = file ( \"x, #)\",64K )   # a comment";
    let (statement, args) = parsed(line);
    assert_eq!((statement.process, statement.thread), (2, 3));
    assert_eq!(statement.binding.unwrap().of(line), "a1");
    assert_eq!(statement.call.of(line), "file");
    assert_eq!(statement.text.of(line), "[2.3] a1 = file ( \"x, #)\",64K )");
    assert_eq!(args, ["\"x, #)\"", "64K"]);
}

#[test]
fn blank_lines_and_comments_are_nothing() {
    for line in ["", "   \t", "# all of it", "  # indented\r"] {
        assert_eq!(parse_line(line, &mut Vec::new()), Ok(None), "{line:?}");
    }
}

#[test]
fn a_call_may_have_no_arguments() {
    assert!(parsed("maps( )").1.is_empty());
    assert_eq!(parsed("f(,)").1, ["", ""]);
}

#[test]
fn bad_lines_are_refused_where_they_are_bad() {
    for (line, column, text) in [
        ("mmap", 1, "mmap"),
        ("load(a", 1, "load(a"),
        ("load(a) b", 9, "b"),
        ("[0] load(a)", 1, "[0]"),
        ("[x] load(a)", 1, "[x]"),
        ("[99999999999] load(a)", 1, "[99999999999]"),
        ("1a = load(a)", 1, "1a"),
        ("a = ", 4, ""),
        ("open(\"x, 3)", 6, "\"x, 3)"),
        ("= 3", 1, "= 3"),
    ] {
        let fault = fault(line);
        assert_eq!(
            (fault.span.column(line), fault.span.of(line)),
            (column, text),
            "{line:?}: {:?}",
            fault.problem
        );
    }
}

#[test]
fn values_are_the_oracles() {
    for (text, want) in [
        ("0", 0),
        ("64K", 64 << 10),
        ("0x10M", 16 << 20),
        ("3T", 3 << 40),
        ("-1", u64::MAX),
        ("- 4K", 4096u64.wrapping_neg()),
        ("NULL", 0),
        ("a+4K-1", 0x1fff),
        ("a - 8K", 0u64.wrapping_sub(0x1000)),
        ("2M-4K", (2 << 20) - 4096),
        ("PROT_READ|PROT_WRITE | 4", 7),
        ("M_TOP_PAD", (-2i64) as u64),
        ("18446744073709551615+2", 1),
    ] {
        assert_eq!(value(text), Ok(want), "{text}");
    }
}

#[test]
fn bad_values_are_refused() {
    for text in [
        "",
        "64Kb",
        "0x",
        "18446744073709551616",
        "16777216T",
        "a+b",
        "b",
        "1 2",
        "1|",
        "+1",
        "a-",
        "é",
        "--1",
    ] {
        assert!(value(text).is_err(), "{text}");
    }
    assert_eq!(value("16777216T"), Err(Problem::Overflow("16777216T".to_owned())));
    assert_eq!(value("1|b"), Err(Problem::UnknownName("b".to_owned())));
}

#[test]
fn a_bound_name_hides_a_constant() {
    let mut names = Names::default();
    names.bind("PROT_READ", 77);
    assert_eq!(names.get("PROT_READ"), Some(77));
    assert_eq!(names.get("PROT_WRITE"), Some(2));
}

#[test]
fn constants_are_sorted_by_name() {
    assert!(constants().windows(2).all(|pair| pair[0].0 < pair[1].0));
}
