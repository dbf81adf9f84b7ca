use serde_json::{json, Value};

use crate::case::Case;
use crate::measure::number;
use crate::pair::{End, Pair, Stack};

/// Bytes that an open connection holds at each end: so many pairs that have spoken, and then the clients alone.
pub fn measure<S: Stack>(case: &Case, command: &Value) -> Value {
    let count = number(command, "connections");
    let stack = S::new(case);
    let established = || {
        let mut pair = Pair::established(&stack, case);
        pair.round_trip(&mut [0]);
        pair.client.shrink_wire();
        pair.server.shrink_wire();
        pair
    };
    // what is only made once
    drop(established());
    let mut clients = Vec::with_capacity(count);
    let mut servers = Vec::with_capacity(count);
    let before = allocated();
    for _ in 0..count {
        let pair = established();
        clients.push(pair.client);
        servers.push(pair.server);
    }
    let both = allocated() - before;
    servers.clear();
    let client = allocated() - before;
    let each = |bytes: usize| bytes / count;
    json!({ "client": each(client), "server": each(both - client), "pair": each(both) })
}

/// Of the C library's heap, where Rust, s2n-tls and AWS-LC all allocate.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn allocated() -> usize {
    // SAFETY: it only reads the allocator's own figures
    let info = unsafe { libc::mallinfo2() };
    info.uordblks + info.hblkhd
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn allocated() -> usize {
    eprintln!("memory is measured with glibc only");
    std::process::exit(2)
}
