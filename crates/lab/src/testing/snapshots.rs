//! Settings for snapshots with insta.

/// Settings under which a snapshot keeps its meaning when a layout moves: plain addresses become `[addr]`, frame numbers `[pfn]`.
/// Use them as `settings().bind(|| insta::assert_snapshot!(state))`. [`State`](crate::State)'s own text needs them only for its
/// sections with frame numbers and for raw addresses.
pub fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"0x[0-9a-f]{6,16}|\b[0-9a-f]{9,16}\b", "[addr]");
    settings.add_filter(r"\bpfn \d+(\.\.\d+)?", "pfn [pfn]");
    settings.set_prepend_module_to_snapshot(false);
    settings
}
