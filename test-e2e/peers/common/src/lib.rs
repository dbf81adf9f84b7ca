//! What the peers have in common: the command line, the lines of JSON on standard output, and what is said on a
//! connection. The Go peer follows the same rules; they are written down in README.md beside this workspace.

mod exchange;
mod options;
mod report;

pub use exchange::{exchange, Secured};
pub use options::{Options, Role};
pub use report::{emit, hex, hex_digest, Report};

/// What each peer exports of a connection, for the other side to compare: 32 bytes.
pub const EXPORTER_LABEL: &[u8] = b"EXPORTER-webtls";
pub const EXPORTER_CONTEXT: &[u8] = b"context";

/// The bytes that peers and tests send one another: xorshift32, the same for the same length.
pub fn pattern_bytes(length: usize) -> Vec<u8> {
    let mut state: u32 = 0x9e37_79b9;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state as u8
        })
        .collect()
}
