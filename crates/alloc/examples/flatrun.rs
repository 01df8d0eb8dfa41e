// Dev only: scenario driver on the flat Os.
#![allow(dead_code, missing_docs, unreachable_pub)]
#[path = "../src/flat.rs"]
mod flat;
use flat::*;
pub(crate) use memtwin_alloc::*;
use memtwin_kernel::Errno;
use std::collections::HashMap;
use std::io::{Read, Write};

struct Proc {
    os: Flat,
    lib: Glibc,
    minflt: u64,
    alive: std::collections::HashSet<u32>,
}

fn num(s: &str) -> (u64, &str) {
    let b = s.as_bytes();
    let mut i = 0;
    let mut n: u64 = 0;
    if s.len() > 2 && s.starts_with("0x") {
        i = 2;
        while i < b.len() && (b[i] as char).is_ascii_hexdigit() {
            n = n.wrapping_mul(16).wrapping_add((b[i] as char).to_digit(16).unwrap() as u64);
            i += 1;
        }
    } else {
        while i < b.len() && b[i].is_ascii_digit() {
            n = n.wrapping_mul(10).wrapping_add((b[i] - b'0') as u64);
            i += 1;
        }
    }
    if i < b.len() {
        let sh = match b[i] {
            b'T' => 40,
            b'G' => 30,
            b'M' => 20,
            b'K' => 10,
            _ => 0,
        };
        if sh > 0 {
            n <<= sh;
            i += 1;
        }
    }
    (n, &s[i..])
}
fn term(s: &str, names: &HashMap<String, u64>) -> u64 {
    let (mut v, mut r);
    let c = s.chars().next().unwrap();
    if c.is_ascii_digit() || c == '-' {
        let neg = c == '-';
        let (n, rest) = num(&s[neg as usize..]);
        v = if neg { n.wrapping_neg() } else { n };
        r = rest;
    } else {
        let e = s.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(s.len());
        let id = &s[..e];
        v = match id {
            "NULL" => 0,
            "PROT_READ" => 1,
            "PROT_WRITE" => 2,
            "PROT_NONE" => 0,
            "MAP_PRIVATE" => 2,
            "MAP_ANONYMOUS" => 0x20,
            "MAP_FIXED" => 0x10,
            "MAP_NORESERVE" => 0x4000,
            "M_MXFAST" => 1,
            "M_TRIM_THRESHOLD" => -1i64 as u64,
            "M_TOP_PAD" => -2i64 as u64,
            "M_MMAP_THRESHOLD" => -3i64 as u64,
            "M_MMAP_MAX" => -4i64 as u64,
            "M_CHECK_ACTION" => -5i64 as u64,
            "M_PERTURB" => -6i64 as u64,
            "M_ARENA_TEST" => -7i64 as u64,
            "M_ARENA_MAX" => -8i64 as u64,
            "RLIMIT_AS" => 9,
            "RLIMIT_DATA" => 2,
            "RLIM_INFINITY" => u64::MAX,
            "MREMAP_MAYMOVE" => 1,
            "MADV_DONTNEED" => 4,
            _ => *names.get(id).unwrap_or_else(|| panic!("unknown {id}")),
        };
        r = &s[e..];
    }
    while !r.is_empty() {
        let op = r.as_bytes()[0];
        let (n, rest) = num(&r[1..]);
        v = if op == b'+' { v.wrapping_add(n) } else { v.wrapping_sub(n) };
        r = rest;
    }
    v
}
fn eval(s: &str, names: &HashMap<String, u64>) -> u64 {
    s.split('|').fold(0, |a, t| a | term(t.trim(), names))
}

fn main() {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    if args.first().map(|s| s == "run").unwrap_or(false) {
        args.remove(0);
    }
    let sys = if let Some(i) = args.iter().position(|a| a == "--syscalls") {
        args.remove(i);
        true
    } else {
        false
    };
    let path = &args[0];
    let text = if path.ends_with(".gz") {
        String::from_utf8(std::process::Command::new("zcat").arg(path).output().unwrap().stdout).unwrap()
    } else {
        let mut s = String::new();
        std::fs::File::open(path).unwrap().read_to_string(&mut s).unwrap();
        s
    };
    let mut names: HashMap<String, u64> =
        HashMap::from([("heap".into(), HEAP), ("mmap_base".into(), 0x7ffff7fff000)]);
    let mut procs: HashMap<u32, Proc> = HashMap::new();
    procs.insert(
        1,
        Proc {
            os: Flat::new(),
            lib: Glibc::new(GlibcConfig::default()).unwrap(),
            minflt: 0,
            alive: [1].into(),
        },
    );
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for raw in text.lines() {
        let line = raw.split('#').next().unwrap().trim();
        if line.is_empty() {
            continue;
        }
        let mut rest = line;
        let (mut pid, mut tid) = (1u32, 1u32);
        if let Some(r) = rest.strip_prefix('[') {
            let e = r.find(']').unwrap();
            let mut it = r[..e].split('.');
            pid = it.next().unwrap().parse().unwrap();
            if let Some(t) = it.next() {
                tid = t.parse().unwrap();
            }
            rest = r[e + 1..].trim();
        }
        let par = rest.find('(').unwrap();
        let (bind, callpart) = match rest[..par].find('=') {
            Some(e) => (Some(rest[..e].trim().to_string()), rest[e + 1..].trim()),
            None => (None, rest),
        };
        let par = callpart.find('(').unwrap();
        let name = &callpart[..par];
        let inner = &callpart[par + 1..callpart.rfind(')').unwrap()];
        let a: Vec<String> =
            inner.split(',').map(|s| s.trim().to_string()).filter(|s| !s.is_empty()).collect();
        let alive = procs.get(&pid).map(|p| p.alive.contains(&tid)).unwrap_or(false);
        if !alive {
            writeln!(out, "{line} -> -1 ESRCH").unwrap();
            if let Some(b) = bind {
                names.insert(b, 0);
            }
            continue;
        }
        let v: Vec<u64> = if name == "touch" {
            vec![eval(&a[0], &names), eval(&a[1], &names), (a[2] == "w") as u64]
        } else {
            a.iter().map(|s| eval(s, &names)).collect()
        };
        let t = ThreadId(tid);
        if name == "fork" {
            let child = v[0] as u32;
            let p = procs.get_mut(&pid).unwrap();
            let mut os = p.os.fork();
            let mut lib = p.lib.clone();
            let f0 = p.os.minflt;
            p.lib.fork_parent(&mut p.os, t).unwrap();
            let fl = p.os.minflt - f0;
            p.minflt += fl;
            lib.fork_child(&mut os, t, ThreadId(1)).unwrap();
            let cf = os.minflt;
            procs.insert(child, Proc { os, lib, minflt: cf, alive: [1].into() });
            write!(out, "{line} -> {child}").unwrap();
            if fl > 0 {
                write!(out, " minflt={fl}").unwrap();
            }
            writeln!(out).unwrap();
            if let Some(b) = bind {
                names.insert(b, child as u64);
            }
            continue;
        }
        let p = procs.get_mut(&pid).unwrap();
        p.os.log.clear();
        let f0 = p.os.minflt;
        let mut val = 0u64;
        let mut txt = String::new();
        let mut clib = true;
        let (os, lib) = (&mut p.os, &mut p.lib);
        let fail = |f: Failure| match f {
            Failure::Null(None) => "NULL".to_string(),
            Failure::Null(Some(e)) => format!("NULL {e}"),
            Failure::Abort(m) => format!("SIGABRT {m}"),
            Failure::Signal(s) => format!("{s}"),
        };
        let mut ptr = |r: Result<u64, Failure>| -> String {
            match r {
                Ok(x) => {
                    val = x;
                    format!("{x:#x}")
                }
                Err(f) => fail(f),
            }
        };
        match name {
            "malloc" => txt = ptr(lib.malloc(os, t, v[0])),
            "calloc" => txt = ptr(lib.calloc(os, t, v[0], v[1])),
            "realloc" => txt = ptr(lib.realloc(os, t, v[0], v[1])),
            "memalign" => txt = ptr(lib.memalign(os, t, v[0], v[1])),
            "aligned_alloc" => txt = ptr(lib.aligned_alloc(os, t, v[0], v[1])),
            "posix_memalign" => txt = ptr(lib.posix_memalign(os, t, v[0], v[1])),
            "reallocarray" => txt = ptr(lib.reallocarray(os, t, v[0], v[1], v[2])),
            "free" => {
                txt = match lib.free(os, t, v[0]) {
                    Ok(()) => "0".into(),
                    Err(f) => fail(f),
                }
            }
            "malloc_trim" => {
                txt = match lib.malloc_trim(os, t, v[0]) {
                    Ok(x) => x.to_string(),
                    Err(f) => fail(f),
                }
            }
            "malloc_usable_size" => {
                txt = match lib.malloc_usable_size(os, t, v[0]) {
                    Ok(x) => x.to_string(),
                    Err(f) => fail(f),
                }
            }
            "mallopt" => {
                txt = match lib.mallopt(os, t, v[0] as i32, v[1] as i32) {
                    Ok(x) => x.to_string(),
                    Err(f) => fail(f),
                }
            }
            "mallinfo" => {
                txt = match lib.mallinfo2(os, t) {
                    Ok(m) => {
                        let s: Vec<String> =
                            m.fields().iter().filter(|f| f.1 != 0).map(|(n, x)| format!("{n}={x}")).collect();
                        if s.is_empty() { "0".into() } else { s.join(" ") }
                    }
                    Err(f) => fail(f),
                }
            }
            "thread" => {
                lib.thread_start(ThreadId(v[0] as u32));
                p.alive.insert(v[0] as u32);
                txt = "0".into();
            }
            "thread_exit" => {
                txt = match lib.thread_exit(os, t) {
                    Ok(()) => "0".into(),
                    Err(f) => fail(f),
                };
                p.alive.remove(&tid);
            }
            _ => {
                clib = false;
                match name {
                    "load" => {
                        txt = match os.load(v[0], v.get(1).copied().unwrap_or(1) as u32) {
                            Ok(x) => {
                                val = x;
                                format!("{x:#x}")
                            }
                            Err(s) => s.to_string(),
                        }
                    }
                    "store" => {
                        txt = match os.store(v[0], v[1], v.get(2).copied().unwrap_or(1) as u32) {
                            Ok(()) => "0".into(),
                            Err(s) => s.to_string(),
                        }
                    }
                    "memset" => {
                        txt = match os.fill(v[0], v[1] as u8, v[2]) {
                            Ok(()) => "0".into(),
                            Err(s) => s.to_string(),
                        }
                    }
                    "touch" => {
                        let (mut q, e) = (v[0], v[0] + v[1]);
                        let mut n = 0;
                        let mut err = None;
                        while q < e {
                            let r =
                                if v[2] == 1 { os.modify64(q & !7, 0, 0) } else { os.load(q, 1).map(|_| ()) };
                            if let Err(s) = r {
                                err = Some(s);
                                break;
                            }
                            q = (q & !4095) + 4096;
                            n += 1;
                        }
                        val = n;
                        txt = match err {
                            None => n.to_string(),
                            Some(s) => format!("{n} {s}"),
                        };
                    }
                    "brk" => txt = if lib_brk(lib, os, v[0]) { "0".into() } else { "-1 ENOMEM".into() },
                    "sbrk" => {
                        txt = match lib_sbrk(lib, os, v[0] as i64) {
                            Some(x) => {
                                val = x;
                                format!("{x:#x}")
                            }
                            None => "-1 ENOMEM".into(),
                        }
                    }
                    "mmap" => {
                        txt = match os.mmap(v[0], v[1].next_multiple_of(4096), v[2] as u32, v[3] as u32) {
                            Ok(x) => {
                                val = x;
                                format!("{x:#x}")
                            }
                            Err(e) => format!("-1 {e}"),
                        }
                    }
                    "munmap" => {
                        let _ = os.munmap(v[0], v[1].next_multiple_of(4096));
                        txt = "0".into()
                    }
                    "mprotect" => {
                        let _ = os.mprotect(v[0], v[1], v[2] as u32);
                        txt = "0".into()
                    }
                    "madvise" => {
                        let _ = os.madvise(v[0], v[1], v[2] as u32);
                        txt = "0".into()
                    }
                    "setrlimit" => {
                        if v[0] == 9 {
                            os.limit = if v[1] == u64::MAX { 0 } else { v[1] }
                        }
                        txt = "0".into()
                    }
                    "maps" => {
                        txt = format!("\n{}", os.maps());
                        txt.pop();
                    }
                    "rusage" => txt = format!("minflt={} majflt=0", p.minflt),
                    "exit" => {
                        txt = "0".into();
                        p.alive.clear();
                    }
                    _ => txt = format!("UNKNOWN {name}"),
                }
            }
        }
        let fl = p.os.minflt - f0;
        p.minflt += fl;
        if let Some(b) = bind {
            names.insert(b, val);
        }
        if name == "maps" {
            writeln!(out, "{line} ->{txt}").unwrap();
        } else {
            write!(out, "{line} -> {txt}").unwrap();
            if fl > 0 {
                write!(out, " minflt={fl}").unwrap();
            }
            writeln!(out).unwrap();
        }
        if clib && sys {
            for l in &p.os.log {
                out.write_all(l.as_bytes()).unwrap();
            }
        }
    }
    let _ = Errno::ENOMEM;
}
fn lib_brk(lib: &mut Glibc, os: &mut Flat, a: u64) -> bool {
    lib.brk(os, a).is_ok()
}
fn lib_sbrk(lib: &mut Glibc, os: &mut Flat, i: i64) -> Option<u64> {
    lib.sbrk(os, i).ok()
}
