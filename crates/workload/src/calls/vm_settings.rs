//! The keys of `machine(…)` that are knobs of `/proc/sys/vm` and of a memory cgroup, and what makes no machine.

use memtwin_kernel::mmu::{Config, StatsRefresh};

use super::machine::{Setting, number};

/// The keys.
pub(super) const VM_SETTINGS: &[Setting] = &[
    number("overcommit_memory", "0, 1 or 2", |config, mode| config.overcommit_memory = mode as u8, 2),
    number("overcommit_ratio", "per cent", |config, ratio| config.overcommit_ratio = ratio as u32, 1 << 20),
    number(
        "overcommit_kbytes",
        "kB that count in mode 2 instead of overcommit_ratio",
        |config, kbytes| config.overcommit_kbytes = kbytes,
        1 << 40,
    ),
    number(
        "admin_reserve_kbytes",
        "kB kept back for root in mode 2",
        |config, kbytes| config.admin_reserve_kbytes = Some(kbytes),
        1 << 40,
    ),
    number(
        "user_reserve_kbytes",
        "kB kept back for a user in mode 2",
        |config, kbytes| config.user_reserve_kbytes = Some(kbytes),
        1 << 40,
    ),
    number(
        "uid",
        "of all processes; 0 has all capabilities",
        |config, uid| config.privileged = uid == 0,
        u32::MAX as u64,
    ),
    number(
        "min_free_kbytes",
        "kB that stay free, from which the watermarks are made",
        |config, kbytes| config.min_free_kbytes = Some(kbytes),
        1 << 40,
    ),
    number(
        "watermark_scale_factor",
        "distance of the watermarks in 10000ths of a zone",
        |config, factor| config.watermark_scale_factor = factor,
        3000,
    ),
    number("dirty_ratio", "per cent", |config, percent| config.dirty_ratio = percent, 100),
    number(
        "dirty_background_ratio",
        "per cent",
        |config, percent| config.dirty_background_ratio = percent,
        100,
    ),
    number("panic_on_oom", "0, 1 or 2", |config, mode| config.panic_on_oom = mode as u8, 2),
    number("oom_kill_allocating_task", "0 or 1", |config, on| config.oom_kill_allocating_task = on != 0, 1),
    number(
        "memcg",
        "limit of a memory cgroup in bytes",
        |config, bytes| config.memcg_bytes = Some(bytes),
        1 << 43,
    ),
    number(
        "memsw",
        "the cgroup's limit of memory and swap together in bytes",
        |config, bytes| config.memsw_bytes = Some(bytes),
        1 << 44,
    ),
    number(
        "memcg_stats_refs",
        "references between refreshes of the cgroup's statistics",
        stats_refs,
        u64::MAX,
    ),
    number("swappiness", "0 to 200", |config, value| config.swappiness = value, 200),
    number("page_cluster", "log2 of swap readahead", |config, log2| config.page_cluster = log2 as u32, 10),
];

fn stats_refs(config: &mut Config, references: u64) {
    config.memcg_stats = match references {
        0 => StatsRefresh::Always,
        references => StatsRefresh::Every(references),
    };
}

/// What Linux or reason refuses of a whole machine.
pub(super) fn impossible(config: &Config) -> Option<String> {
    match (config.memcg_bytes, config.memsw_bytes) {
        (None, Some(_)) => return Some("memsw is a limit of the cgroup; give its memcg, too".to_owned()),
        (Some(memory), Some(both)) if both < memory => {
            return Some(format!("memsw ({both}) is below memcg ({memory}); Linux answers EINVAL"));
        }
        _ => {}
    }
    let kept = config.min_free_kbytes.unwrap_or(0);
    (kept > config.ram_bytes >> 10)
        .then(|| format!("min_free_kbytes ({kept}) is more than there is ({} kB)", config.ram_bytes >> 10))
}
