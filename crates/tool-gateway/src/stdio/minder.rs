//! Between a program and the server that has it started.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, getpgrp, getpid, getppid, kill_current_process_group, setpgid};
use rustix::stdio::dup2_stdout;
use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::process::{Command, ExitStatus};
use std::thread::{Builder, park_timeout};
use std::time::Duration;

/// How long a program has to end by itself when nobody is left who could end it.
const GRACE: Duration = Duration::from_secs(2);
/// How often it is looked whether the server has ended, once it has closed the program's input.
const LOOK: Duration = Duration::from_secs(1);
/// A server that dies closes its files first: how often, once the program has ended, it is looked whether it is gone, and how long
/// between. Together it is less than a server waits for a program that is of no use.
const LOOKS: u32 = 6;
const DYING: Duration = Duration::from_millis(50);

/// Runs a program, with our own input, output and variables, until it ends. When the server that started us (by its process
/// id) ends before, killed or not, the program is ended with all that it started, as the server would have done. Whoever sets
/// [`crate::GatewaySettings::minder`] has the program named there call this, in a process of its own.
///
/// # Errors
/// When the program cannot be started.
pub fn mind(server: u32, command: &OsString, args: &[OsString]) -> io::Result<ExitStatus> {
    if getpgrp() != getpid() {
        // Whoever else is in our group is none of our business.
        setpgid(None, None)?;
    }
    let mut child = Command::new(command).args(args).spawn()?;
    // When the program closes its output, nobody else is to hold it open.
    dup2_stdout(File::options().write(true).open("/dev/null")?)?;
    Builder::new().spawn(move || {
        while !hung_up(None) {}
        while is_served_by(server) {
            park_timeout(LOOK);
        }
        park_timeout(GRACE);
        end_all();
    })?;
    let status = child.wait()?;
    for _ in 0..LOOKS {
        if !hung_up(Some(&Timespec::default())) {
            break;
        }
        if !is_served_by(server) {
            end_all();
        }
        park_timeout(DYING);
    }
    // A server that is there ends what is left itself, and wants to hear from us how the program ended.
    Ok(status)
}

/// Whether our input, which is the program's, is closed at its other end; without a time, waits until it is.
fn hung_up(within: Option<&Timespec>) -> bool {
    let input = io::stdin();
    let mut ends = [PollFd::new(&input, PollFlags::empty())];
    match poll(&mut ends, within) {
        Ok(ends) => ends > 0,
        Err(Errno::INTR) => false,
        // Nothing to look at: as good as closed.
        Err(_) => true,
    }
}

/// Whether the process that started us is still there: a child whose parent is gone gets another one.
fn is_served_by(server: u32) -> bool {
    getppid().is_some_and(|parent| Pid::as_raw(Some(parent)).cast_unsigned() == server)
}

/// Kills all of our group, and so ourselves.
fn end_all() {
    kill_current_process_group(Signal::KILL).ok();
}
