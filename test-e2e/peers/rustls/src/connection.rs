use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use peer_common::{exchange, hex, hex_digest, Options, Report, Secured, EXPORTER_CONTEXT, EXPORTER_LABEL};
use rustls::{Connection, Error, HandshakeKind, ProtocolVersion};
use serde_json::{json, Value};

use crate::provider::{group_name, suite_name};

pub struct Rustls {
    connection: Connection,
    stream: TcpStream,
    early_data: usize,
    /// The one that the other side sent.
    alert: Option<u8>,
}

impl Rustls {
    pub fn new(connection: Connection, stream: TcpStream, options: &Options) -> Self {
        let _ = stream.set_read_timeout(Some(options.timeout));
        let _ = stream.set_write_timeout(Some(options.timeout));
        let _ = stream.set_nodelay(true);
        Self { connection, stream, early_data: options.early_data, alert: None }
    }

    /// Returns the early data that a server got.
    fn handshake(&mut self) -> Result<Vec<u8>, String> {
        let mut early = Vec::new();
        while self.connection.is_handshaking() {
            self.write_out()?;
            if self.connection.is_handshaking() {
                self.read_in()?;
            }
            if let Connection::Server(server) = &mut self.connection {
                if let Some(mut data) = server.early_data() {
                    // it says "would block" when it has no more
                    let _ = data.read_to_end(&mut early);
                }
            }
        }
        self.write_out()?;
        Ok(early)
    }

    fn read_in(&mut self) -> Result<(), String> {
        if self.connection.read_tls(&mut self.stream).map_err(text)? == 0 {
            return Err("the connection ended without close_notify".into());
        }
        if let Err(error) = self.connection.process_new_packets() {
            if let Error::AlertReceived(description) = error {
                self.alert = Some(u8::from(description));
            }
            // our own alert
            let _ = self.write_out();
            return Err(error.to_string());
        }
        Ok(())
    }

    fn write_out(&mut self) -> Result<(), String> {
        while self.connection.wants_write() {
            self.connection.write_tls(&mut self.stream).map_err(text)?;
        }
        Ok(())
    }

    fn summary(&self) -> Value {
        let connection = &self.connection;
        let (server_name, early_data) = match connection {
            Connection::Client(client) if self.early_data > 0 && is_resumed(connection) => {
                (None, if client.is_early_data_accepted() { "accepted" } else { "rejected" })
            }
            Connection::Client(_) => (None, "none"),
            // it tells nothing about rejected data; the test looks at what arrived
            Connection::Server(server) => (server.server_name(), "none"),
        };
        let exporter = connection.export_keying_material([0; 32], EXPORTER_LABEL, Some(EXPORTER_CONTEXT));
        json!({
            "exporter": exporter.ok().map(|bytes| hex(&bytes)),
            "version": match connection.protocol_version() {
                Some(ProtocolVersion::TLSv1_3) => "TLSv1.3",
                Some(ProtocolVersion::TLSv1_2) => "TLSv1.2",
                _ => "other",
            },
            "cipherSuite": connection.negotiated_cipher_suite().map(|suite| suite_name(suite.suite())),
            "group": connection.negotiated_key_exchange_group().map(|group| group_name(group.name())),
            "alpn": connection.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned()),
            "serverName": server_name,
            "resumed": is_resumed(connection),
            // of a resumed one it does not tell
            "helloRetried": matches!(connection.handshake_kind(), Some(HandshakeKind::FullWithHelloRetryRequest)),
            "earlyData": early_data,
            "peerCertificate": connection.peer_certificates().and_then(|chain| chain.first()).map(|leaf| hex_digest(leaf)),
        })
    }
}

pub fn run(mut stream: Rustls, options: &Options, report: &Report) {
    let result = stream.handshake().and_then(|early| {
        let mut summary = stream.summary();
        if !early.is_empty() {
            summary["earlyData"] = json!("accepted");
        }
        report.handshake(summary);
        if !early.is_empty() {
            report.early_data(&early);
        }
        exchange(&mut stream, options, report)
    });
    if let Err(error) = result {
        report.failed(&error, stream.alert);
        linger(&mut stream.stream);
    }
}

impl Secured for Rustls {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, String> {
        loop {
            match self.connection.reader().read(buffer) {
                Ok(length) => return Ok(length),
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.read_in()?,
                Err(error) => return Err(text(error)),
            }
            // an answer to a KeyUpdate
            self.write_out()?;
        }
    }

    fn write(&mut self, mut bytes: &[u8]) -> Result<(), String> {
        while !bytes.is_empty() {
            let written = self.connection.writer().write(bytes).map_err(text)?;
            bytes = &bytes[written..];
            self.write_out()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), String> {
        self.write_out()
    }

    fn update_keys(&mut self) -> Result<(), String> {
        self.connection.refresh_traffic_keys().map_err(text)
    }

    fn close(&mut self) -> Result<(), String> {
        self.connection.send_close_notify();
        self.write_out()?;
        let _ = self.stream.shutdown(Shutdown::Write);
        Ok(())
    }
}

fn is_resumed(connection: &Connection) -> bool {
    matches!(connection.handshake_kind(), Some(HandshakeKind::Resumed))
}

/// Closing a socket with unread data in it resets the connection, and the alert on its way is lost.
fn linger(stream: &mut TcpStream) {
    let _ = stream.shutdown(Shutdown::Write);
    let _ = stream.set_read_timeout(Some(Duration::from_secs(1)));
    let mut rest = [0; 4096];
    while matches!(stream.read(&mut rest), Ok(length) if length > 0) {}
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
