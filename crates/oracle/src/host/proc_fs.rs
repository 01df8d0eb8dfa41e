//! What /proc tells of a process: faults, status, mappings, the pagemap.

use super::HostError;
use std::fmt::Write;
use std::fs;
use std::os::unix::fs::FileExt;

/// The lines of /proc/PID/status that scenarios print, in their order.
pub(super) const STATUS: [&str; 11] = [
    "VmPeak", "VmSize", "VmLck", "VmHWM", "VmRSS", "RssAnon", "RssFile", "RssShmem", "VmData", "VmPTE",
    "VmSwap",
];
/// Where VmHWM is among them.
pub(super) const HWM: usize = 3;
/// Where VmRSS is.
pub(super) const RSS: usize = 4;
const SMAPS: [&str; 12] = [
    "Rss",
    "Pss",
    "Shared_Clean",
    "Shared_Dirty",
    "Private_Clean",
    "Private_Dirty",
    "Referenced",
    "Anonymous",
    "LazyFree",
    "AnonHugePages",
    "Swap",
    "Locked",
];

/// The figures of [`STATUS`], kB.
pub(super) type Status = [i64; 11];

/// Page faults of a process or thread since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Faults {
    pub(super) minor: u64,
    pub(super) major: u64,
}

impl Faults {
    /// Adds the faults of another call.
    pub(super) fn add(&mut self, other: Self) {
        self.minor += other.minor;
        self.major += other.major;
    }

    /// The faults since `earlier`.
    pub(super) fn since(self, earlier: Self) -> Self {
        Self { minor: self.minor.wrapping_sub(earlier.minor), major: self.major.wrapping_sub(earlier.major) }
    }
}

/// The file `what` of a process; `pagemap` as a line for each mapping, with its entries in hexadecimal and how often each follows
/// itself, without frame numbers.
pub(super) fn read(pid: i32, what: &str) -> Result<String, HostError> {
    if what == "pagemap" {
        return pagemap_text(pid);
    }
    Ok(fs::read_to_string(format!("/proc/{pid}/{what}"))?)
}

fn pagemap_text(pid: i32) -> Result<String, HostError> {
    let file = fs::File::open(format!("/proc/{pid}/pagemap"))?;
    let mut text = String::new();
    // What is above user space (vsyscall) has no entries.
    for Mapping { start, end, .. } in mappings(pid)?.into_iter().filter(|mapping| mapping.end >> 47 == 0) {
        let mut bytes = vec![0; ((end - start) / PAGE * 8) as usize];
        file.read_exact_at(&mut bytes, start / PAGE * 8)?;
        let entry = |bytes: &[u8; 8]| u64::from_ne_bytes(*bytes) & !PAGEMAP_FRAME;
        let entries: Vec<u64> = bytes.as_chunks().0.iter().map(entry).collect();
        let _ = write!(text, "{start:x}-{end:x}");
        for same in entries.chunk_by(|a, b| a == b) {
            let _ = write!(text, " {:x}*{}", same[0], same.len());
        }
        text.push('\n');
    }
    Ok(text)
}

const PAGE: u64 = 4096;
/// The bits of a pagemap entry that only a reader with CAP_SYS_ADMIN sees: the frame, or type and offset in swap.
const PAGEMAP_FRAME: u64 = (1 << 55) - 1;

/// The faults of a whole process.
pub(super) fn faults(pid: i32) -> Result<Faults, HostError> {
    stat_faults(&read(pid, "stat")?)
}

/// The faults of one thread of a process.
pub(super) fn thread_faults(pid: i32, thread: i32) -> Result<Faults, HostError> {
    stat_faults(&read(pid, &format!("task/{thread}/stat"))?)
}

/// The 10th and 12th field; the 2nd, a name in parentheses, may hold blanks.
fn stat_faults(stat: &str) -> Result<Faults, HostError> {
    let rest = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let mut fields = rest.split(' ').skip(7);
    let mut field = || fields.next().and_then(|field| field.parse().ok());
    match (field(), field(), field()) {
        (Some(minor), Some(_children), Some(major)) => Ok(Faults { minor, major }),
        _ => Err(HostError::Unexpected(format!("/proc/PID/stat: {stat}"))),
    }
}

/// The figures of a process's status.
pub(super) fn status(pid: i32) -> Result<Status, HostError> {
    let text = read(pid, "status")?;
    let mut figures = [0; 11];
    for line in text.lines() {
        let Some((key, value)) = line.split_once(':') else { continue };
        if let Some(at) = STATUS.iter().position(|&known| known == key) {
            figures[at] = kilobytes(value);
        }
    }
    Ok(figures)
}

fn kilobytes(value: &str) -> i64 {
    value.trim().trim_end_matches(" kB").parse().unwrap_or(0)
}

/// A line of /proc/PID/maps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mapping {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) perms: String,
    offset: String,
    pub(super) name: String,
}

impl Mapping {
    /// Reads a line; `None` if it is none of a mapping.
    fn parse(line: &str) -> Option<Self> {
        let (range, rest) = line.split_once(' ')?;
        let (start, end) = range.split_once('-')?;
        let mut fields = rest.splitn(5, ' ');
        let (perms, offset) = (fields.next()?, fields.next()?);
        let name = fields.nth(2)?.trim_start();
        Some(Self {
            start: u64::from_str_radix(start, 16).ok()?,
            end: u64::from_str_radix(end, 16).ok()?,
            perms: perms.to_owned(),
            offset: offset.to_owned(),
            name: name.to_owned(),
        })
    }

    /// The mapping as scenarios print it, with files in `directory` by their bare names.
    fn print(&self, directory: &str, out: &mut String) {
        let name = match self.name.strip_prefix(directory).and_then(|rest| rest.strip_prefix('/')) {
            Some(bare) if !directory.is_empty() => bare,
            _ => &self.name,
        };
        let blank = if name.is_empty() { "" } else { " " };
        let Self { start, end, perms, offset, .. } = self;
        let _ = writeln!(out, "  {start:08x}-{end:08x} {perms} {offset}{blank}{name}");
    }
}

/// The mappings of a process, all of them.
pub(super) fn mappings(pid: i32) -> Result<Vec<Mapping>, HostError> {
    Ok(read(pid, "maps")?.lines().filter_map(Mapping::parse).collect())
}

/// `maps()` of a process, without those mappings that `hidden` names.
pub(super) fn maps(
    pid: i32,
    directory: &str,
    hidden: &dyn Fn(&Mapping) -> bool,
) -> Result<String, HostError> {
    let mut out = String::new();
    mappings(pid)?
        .iter()
        .filter(|mapping| !hidden(mapping))
        .for_each(|mapping| mapping.print(directory, &mut out));
    Ok(out)
}

/// `smaps()` of a process, without those mappings that `hidden` names.
pub(super) fn smaps(
    pid: i32,
    directory: &str,
    hidden: &dyn Fn(&Mapping) -> bool,
) -> Result<String, HostError> {
    let (mut out, mut figures, mut shown) = (String::new(), [0; 12], false);
    for line in read(pid, "smaps")?.lines() {
        let header = line.starts_with(|c: char| c.is_ascii_digit() || c.is_ascii_lowercase());
        match header.then(|| Mapping::parse(line)).flatten() {
            Some(mapping) => {
                print_figures(&mut figures, &mut out);
                shown = !hidden(&mapping);
                if shown {
                    mapping.print(directory, &mut out);
                }
            }
            None if shown => note_figure(line, &mut figures),
            None => {}
        }
    }
    print_figures(&mut figures, &mut out);
    Ok(out)
}

fn note_figure(line: &str, figures: &mut [i64; 12]) {
    let Some((key, value)) = line.split_once(':') else { return };
    if let Some(at) = SMAPS.iter().position(|&known| known == key) {
        figures[at] = kilobytes(value);
    }
}

/// Prints the figures that are not zero, and forgets them.
fn print_figures(figures: &mut [i64; 12], out: &mut String) {
    let words: Vec<_> = SMAPS
        .iter()
        .zip(std::mem::take(figures))
        .filter(|&(_, value)| value != 0)
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    if !words.is_empty() {
        let _ = writeln!(out, "    {}", words.join(" "));
    }
}

/// `pagemap(address, length)` of a process: a character a page.
pub(super) fn pagemap(pid: i32, address: u64, length: u64) -> Result<String, HostError> {
    const PRESENT: u64 = 1 << 63;
    const SWAPPED: u64 = 1 << 62;
    let file = fs::File::open(format!("/proc/{pid}/pagemap"))?;
    let (first, end) = (address / PAGE, address.saturating_add(length).div_ceil(PAGE));
    let pages = usize::try_from(end - first).unwrap_or(0).min(1 << 20);
    let mut entries = vec![0; pages * 8];
    let _shorter_beyond_the_end = file.read_at(&mut entries, first.wrapping_mul(8));
    let letter = |entry: &[u8]| match entry.try_into().map_or(0, u64::from_le_bytes) {
        entry if entry & PRESENT != 0 => 'P',
        entry if entry & SWAPPED != 0 => 'S',
        _ => '.',
    };
    Ok(entries.chunks(8).map(letter).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_maps_is_printed_as_in_scenarios() {
        let line = "7ffff7ff0000-7ffff7fff000 rw-s 00001000 00:01 1026                       /tmp/d/f x";
        let mut out = String::new();
        Mapping::parse(line).unwrap().print("/tmp/d", &mut out);
        assert_eq!(out, "  7ffff7ff0000-7ffff7fff000 rw-s 00001000 f x\n");
        assert_eq!(Mapping::parse("Size:   4 kB"), None);
    }

    #[test]
    fn faults_are_found_behind_any_name() {
        let stat = "7 (a ) b) S 1 2 3 4 5 6 70 8 90 10 11";
        assert_eq!(stat_faults(stat).unwrap(), Faults { minor: 70, major: 90 });
        assert!(stat_faults("7").is_err());
    }
}
