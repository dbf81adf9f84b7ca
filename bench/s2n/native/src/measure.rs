use std::time::{Duration, Instant};

use serde_json::{json, Value};

use crate::case::Case;
use crate::pair::{Pair, Stack};

/// Handshakes one after another, timed from two new connections to the end of the handshake at both.
pub fn handshakes<S: Stack>(case: &Case, command: &Value) -> Value {
    let stack = S::new(case);
    for _ in 0..3 {
        Pair::established(&stack, case);
    }
    let budget = milliseconds(command);
    let mut times = Vec::new();
    let mut total = Duration::ZERO;
    while total < budget {
        let mut pair = Pair::prepare(&stack, case);
        let start = Instant::now();
        pair.handshake();
        let time = start.elapsed();
        pair.check(case);
        total += time;
        times.push(time);
    }
    times.sort();
    json!({
        "count": times.len(),
        "microseconds": times[times.len() / 2].as_secs_f64() * 1e6,
        "perSecond": times.len() as f64 / total.as_secs_f64(),
    })
}

/// A buffer there and back again, over one connection.
pub fn throughput<S: Stack>(case: &Case, command: &Value) -> Value {
    let mut data = vec![0x77; number(command, "bytes")];
    let mut pair = Pair::established(&S::new(case), case);
    for _ in 0..3 {
        pair.round_trip(&mut data);
    }
    let budget = milliseconds(command);
    let begin = Instant::now();
    let mut times = Vec::new();
    while begin.elapsed() < budget {
        let start = Instant::now();
        pair.round_trip(&mut data);
        times.push(start.elapsed());
    }
    times.sort();
    let microseconds = times[times.len() / 2].as_secs_f64() * 1e6;
    json!({
        "count": times.len(),
        "microseconds": microseconds,
        "megabytesPerSecond": 2.0 * data.len() as f64 / microseconds,
    })
}

pub fn number(command: &Value, name: &str) -> usize {
    command[name].as_u64().unwrap_or_else(|| panic!("{name} is missing")) as usize
}

fn milliseconds(command: &Value) -> Duration {
    Duration::from_millis(number(command, "milliseconds") as u64)
}
