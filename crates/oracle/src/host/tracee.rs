//! A traced thread: it runs one routine at a time, from registers set here to its next `int3` or signal.

use super::HostError;
use super::stub::{RETURN, Routine, SCRATCH, SCRATCH_SIZE};
use super::sys::{self, Registers, Signal, Stop};

const TRAP_FLAG: u64 = 0x100;
const DIRECTION_FLAG: u64 = 0x400;

/// Sees a thread's registers as it enters or leaves a system call; whether it has changed them.
pub(super) type Watcher<'a> = dyn FnMut(&mut Registers) -> bool + 'a;

/// A traced thread and the registers with which it last stopped.
#[derive(Debug)]
pub(super) struct Tracee {
    pub(super) pid: i32,
    registers: Registers,
    /// The process or thread that it has made in its last run.
    pub(super) born: Option<i32>,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// At an `int3`.
    Trap,
    /// With a signal, which is not delivered.
    Signal(Signal),
    /// With the thread.
    Gone,
}

impl Tracee {
    /// Takes in a thread that stands still.
    pub(super) fn new(pid: i32) -> Result<Self, HostError> {
        Ok(Self { pid, registers: sys::registers(pid)?, born: None })
    }

    /// Waits for a thread that was born traced, and takes it in as it first stops.
    pub(super) fn adopt(pid: i32) -> Result<Self, HostError> {
        match sys::wait(pid)? {
            Stop::Gone => Err(HostError::Lost),
            _ => Self::new(pid),
        }
    }

    pub(super) fn registers(&self) -> Registers {
        self.registers
    }

    /// Runs from `registers` on; `watch` sees the thread at each system call's begin and end.
    pub(super) fn run_from(
        &mut self,
        registers: Registers,
        watch: Option<&mut Watcher<'_>>,
    ) -> Result<End, HostError> {
        sys::set_registers(self.pid, &registers)?;
        self.born = None;
        self.go_on(watch)
    }

    /// Runs on from where it stands.
    pub(super) fn go_on(&mut self, mut watch: Option<&mut Watcher<'_>>) -> Result<End, HostError> {
        loop {
            sys::resume(self.pid, watch.is_some())?;
            match sys::wait(self.pid)? {
                Stop::Gone => return Ok(End::Gone),
                Stop::Born(pid) => self.born = Some(pid),
                Stop::Syscall => self.at_call(&mut watch)?,
                Stop::Other => {}
                Stop::Signal(signal) => {
                    if let Some(end) = ending(signal) {
                        self.registers = sys::registers(self.pid)?;
                        return Ok(end);
                    }
                }
            }
        }
    }

    fn at_call(&mut self, watch: &mut Option<&mut Watcher<'_>>) -> Result<(), HostError> {
        let Some(watch) = watch else { return Ok(()) };
        let mut registers = sys::registers(self.pid)?;
        if watch(&mut registers) {
            sys::set_registers(self.pid, &registers)?;
        }
        Ok(())
    }

    /// Runs a routine of the stub with up to three arguments.
    pub(super) fn routine(
        &mut self,
        routine: Routine,
        width: u64,
        arguments: [u64; 3],
    ) -> Result<End, HostError> {
        let mut regs = self.registers;
        regs.rip = routine.address(width);
        [regs.rdi, regs.rsi, regs.rdx] = arguments;
        (regs.rax, regs.orig_rax) = (0, u64::MAX);
        regs.eflags &= !TRAP_FLAG;
        self.run_from(regs, None)
    }

    /// Makes a system call; gives what the kernel returns.
    pub(super) fn call(&mut self, number: libc::c_long, arguments: &[u64]) -> Result<i64, HostError> {
        match self.try_call(number, arguments)? {
            End::Trap => Ok(self.registers.rax as i64),
            _ => Err(HostError::Lost),
        }
    }

    /// As [`call`](Self::call), for calls that must not fail.
    pub(super) fn expect_call(&mut self, number: libc::c_long, arguments: &[u64]) -> Result<u64, HostError> {
        match self.call(number, arguments)? {
            error @ -4095..0 => Err(HostError::Unexpected(format!("system call {number} gives {error}"))),
            result => Ok(result as u64),
        }
    }

    fn try_call(&mut self, number: libc::c_long, arguments: &[u64]) -> Result<End, HostError> {
        self.run_from(self.call_registers(number, arguments), None)
    }

    /// Lets it begin a system call that does not return.
    pub(super) fn begin_call(&mut self, number: libc::c_long, arguments: &[u64]) -> Result<(), HostError> {
        sys::set_registers(self.pid, &self.call_registers(number, arguments))?;
        Ok(sys::resume(self.pid, false)?)
    }

    fn call_registers(&self, number: libc::c_long, arguments: &[u64]) -> Registers {
        let argument = |at: usize| arguments.get(at).copied().unwrap_or(0);
        let mut regs = self.registers;
        regs.rip = Routine::Syscall.address(0);
        (regs.rax, regs.orig_rax) = (number as u64, u64::MAX);
        (regs.rdi, regs.rsi, regs.rdx) = (argument(0), argument(1), argument(2));
        (regs.r10, regs.r8, regs.r9) = (argument(3), argument(4), argument(5));
        regs.eflags &= !TRAP_FLAG;
        regs
    }

    /// Calls a function by the ABI's rules, with a stack that ends at `top`; it returns to an `int3`.
    pub(super) fn function(
        &mut self,
        address: u64,
        arguments: &[u64],
        top: u64,
        watch: Option<&mut Watcher<'_>>,
    ) -> Result<End, HostError> {
        let argument = |at: usize| arguments.get(at).copied().unwrap_or(0);
        let mut regs = self.registers;
        (regs.rip, regs.rsp, regs.rbp) = (address, top - 8, 0);
        (regs.rax, regs.orig_rax) = (0, u64::MAX);
        (regs.rdi, regs.rsi, regs.rdx, regs.rcx) = (argument(0), argument(1), argument(2), argument(3));
        regs.eflags &= !(TRAP_FLAG | DIRECTION_FLAG);
        self.poke(top - 8, &RETURN.to_le_bytes())?;
        self.run_from(regs, watch)
    }

    /// Runs one instruction at `address`, with all other registers pointing into the scratch area so that whatever it does
    /// is harmless. `None` if that is no address for an instruction pointer.
    pub(super) fn step(&mut self, address: u64) -> Result<Option<End>, HostError> {
        let kept = self.registers;
        let middle = SCRATCH + SCRATCH_SIZE / 2;
        let mut regs = kept;
        (regs.rip, regs.orig_rax) = (address, u64::MAX);
        // Not ptrace's single step: that reads the instruction, and so faults its page in itself.
        regs.eflags |= TRAP_FLAG;
        (regs.rax, regs.rbx, regs.rcx, regs.rdx) = (middle, middle, middle, middle);
        (regs.rsi, regs.rdi, regs.rbp, regs.rsp) = (middle, middle, middle, middle);
        (regs.r8, regs.r9, regs.r10, regs.r11) = (middle, middle, middle, middle);
        (regs.r12, regs.r13, regs.r14, regs.r15) = (middle, middle, middle, middle);
        if sys::set_registers(self.pid, &regs).is_err() {
            return Ok(None);
        }
        let end = self.go_on(None)?;
        self.registers = kept;
        Ok(Some(end))
    }

    /// Reads the thread's memory without a fault of its own.
    pub(super) fn peek(&self, address: u64, to: &mut [u8]) -> Result<(), HostError> {
        Ok(sys::peek(self.pid, address, to)?)
    }

    /// Writes the thread's memory without a fault of its own.
    pub(super) fn poke(&self, address: u64, from: &[u8]) -> Result<(), HostError> {
        Ok(sys::poke(self.pid, address, from)?)
    }
}

/// Which signals end a run; all others are swallowed.
fn ending(signal: Signal) -> Option<End> {
    match signal.number {
        libc::SIGTRAP => Some(End::Trap),
        libc::SIGSEGV | libc::SIGBUS | libc::SIGILL | libc::SIGFPE | libc::SIGABRT => {
            Some(End::Signal(signal))
        }
        _ => None,
    }
}
