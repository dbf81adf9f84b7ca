use std::io::Write;

use aws_lc_rs::digest::{digest, SHA256};
use serde_json::{json, Value};

/// A line of JSON on standard output, at once.
pub fn emit(event: Value) {
    let mut out = std::io::stdout().lock();
    // who reads it may have gone
    let _ = writeln!(out, "{event}");
    let _ = out.flush();
}

pub fn hex_digest(bytes: &[u8]) -> String {
    hex(digest(&SHA256, bytes).as_ref())
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The lines about one connection, which are counted from 1.
pub struct Report {
    pub connection: usize,
}

impl Report {
    pub fn handshake(&self, mut summary: Value) {
        summary["event"] = json!("handshake");
        summary["connection"] = json!(self.connection);
        emit(summary);
    }

    pub fn early_data(&self, bytes: &[u8]) {
        self.bytes("earlyData", bytes);
    }

    pub fn received(&self, bytes: &[u8]) {
        self.bytes("received", bytes);
    }

    /// `clean`: the other side has said close_notify.
    pub fn closed(&self, clean: bool) {
        emit(json!({ "event": "closed", "connection": self.connection, "clean": clean }));
    }

    /// `alert`: the one that came from the other side.
    pub fn failed(&self, error: &str, alert: Option<u8>) {
        emit(json!({ "event": "failed", "connection": self.connection, "error": error, "alert": alert }));
    }

    fn bytes(&self, event: &str, bytes: &[u8]) {
        emit(json!({
            "event": event,
            "connection": self.connection,
            "bytes": bytes.len(),
            "sha256": hex_digest(bytes),
        }));
    }
}
