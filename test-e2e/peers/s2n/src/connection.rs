use std::net::{Shutdown, TcpStream};
use std::os::fd::AsRawFd;
use std::task::Poll;
use std::time::Duration;

use peer_common::{exchange, hex, hex_digest, pattern_bytes, Options, Report, Role, Secured, EXPORTER_CONTEXT, EXPORTER_LABEL};
use s2n_tls::config::Config;
use s2n_tls::connection::Connection;
use s2n_tls::enums::{Blinding, Mode, PeerKeyUpdate, PskHmac, Version};
use s2n_tls::error::Error;
use s2n_tls::psk::Psk;
use serde_json::{json, Value};

use crate::{describe, early_data};

pub struct S2n {
    connection: Connection,
    stream: TcpStream,
    timeout: Duration,
}

impl S2n {
    pub fn new(stream: TcpStream, options: &Options, config: &Config, ticket: Option<Vec<u8>>) -> Result<Self, Error> {
        let mode = if options.role == Role::Client { Mode::Client } else { Mode::Server };
        let mut connection = Connection::new(mode);
        connection.set_config(config.clone())?;
        // no delay after an error: a test waits for it
        connection.set_blinding(Blinding::SelfService)?;
        if let Some(name) = options.server_name.as_ref().filter(|_| mode == Mode::Client) {
            connection.set_server_name(name)?;
        }
        for (identity, key) in &options.psks {
            connection.append_psk(&psk(identity, key)?)?;
        }
        match options.records.as_deref() {
            Some("small") => drop(connection.prefer_low_latency()?),
            Some(_) => drop(connection.prefer_throughput()?),
            None => {}
        }
        if let Some(ticket) = ticket {
            connection.set_session_ticket(&ticket)?;
        }
        if mode == Mode::Server && options.early_data > 0 {
            early_data::allow(&mut connection, options.early_data)?;
        }
        stream.set_nonblocking(true).map_err(Error::io_error)?;
        let _ = stream.set_nodelay(true);
        early_data::set_socket(&mut connection, stream.as_raw_fd())?;
        Ok(Self { connection, stream, timeout: options.timeout })
    }

    pub fn run(&mut self, options: &Options, report: &Report) -> Result<(), String> {
        let early = self.early_data(options)?;
        self.wait_for(|connection| connection.poll_negotiate().map_ok(|_| ()))?;
        report.handshake(self.summary());
        if options.role == Role::Server && !early.is_empty() {
            report.early_data(&early);
        }
        exchange(self, options, report)
    }

    /// The alert that the other side sent.
    pub fn alert(&self) -> Option<u8> {
        self.connection.alert()
    }

    /// A client sends it, a server returns what came.
    fn early_data(&mut self, options: &Options) -> Result<Vec<u8>, String> {
        if options.early_data == 0 {
            return Ok(Vec::new());
        }
        let wait = |stream: &TcpStream, timeout| wait_until_ready(stream, libc::POLLIN, timeout);
        match options.role {
            Role::Client => {
                early_data::send(&mut self.connection, &pattern_bytes(options.early_data), || wait(&self.stream, self.timeout))
                    .map(|()| Vec::new())
            }
            Role::Server => early_data::receive(&mut self.connection, || wait(&self.stream, self.timeout)),
        }
    }

    fn summary(&self) -> Value {
        let connection = &self.connection;
        let text = |bytes: Option<&[u8]>| bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        json!({
            "version": match connection.actual_protocol_version() {
                Ok(Version::TLS13) => "TLSv1.3",
                Ok(Version::TLS12) => "TLSv1.2",
                _ => "other",
            },
            "cipherSuite": connection.cipher_suite().ok(),
            "group": connection.selected_key_exchange_group(),
            "alpn": text(connection.application_protocol()),
            "serverName": connection.server_name(),
            "resumed": connection.resumed(),
            "helloRetried": connection.handshake_type().is_ok_and(|name| name.contains("HELLO_RETRY")),
            "earlyData": early_data::status(connection),
            "peerCertificate": self.peer_certificate(),
            "exporter": self.exporter(),
        })
    }

    /// SHA-256 of the leaf.
    fn peer_certificate(&self) -> Option<String> {
        let chain = self.connection.peer_cert_chain().ok()?;
        let leaf = chain.iter().next()?.ok()?;
        Some(hex_digest(leaf.der().ok()?))
    }

    fn exporter(&self) -> Option<String> {
        let mut bytes = [0; 32];
        self.connection.tls_exporter(EXPORTER_LABEL, EXPORTER_CONTEXT, &mut bytes).ok()?;
        Some(hex(&bytes))
    }

    fn wait_for<T>(&mut self, mut act: impl FnMut(&mut Connection) -> Poll<Result<T, Error>>) -> Result<T, String> {
        loop {
            match act(&mut self.connection) {
                Poll::Ready(result) => return result.map_err(|error| describe(&error)),
                // what it waits for is said by C, but not by Rust: mostly for the other side
                Poll::Pending => self.wait()?,
            }
        }
    }

    fn wait(&self) -> Result<(), String> {
        wait_until_ready(&self.stream, libc::POLLIN, self.timeout)
    }
}

impl Secured for S2n {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, String> {
        self.wait_for(|connection| connection.poll_recv(buffer))
    }

    fn write(&mut self, mut bytes: &[u8]) -> Result<(), String> {
        while !bytes.is_empty() {
            match self.connection.poll_send(bytes) {
                Poll::Ready(Ok(sent)) => bytes = &bytes[sent..],
                Poll::Ready(Err(error)) => return Err(describe(&error)),
                Poll::Pending => wait_until_ready(&self.stream, libc::POLLOUT, self.timeout)?,
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), String> {
        loop {
            match self.connection.poll_flush() {
                Poll::Ready(result) => return result.map(|_| ()).map_err(|error| describe(&error)),
                Poll::Pending => wait_until_ready(&self.stream, libc::POLLOUT, self.timeout)?,
            }
        }
    }

    fn update_keys(&mut self) -> Result<(), String> {
        // it refuses to ask the other side
        let result = self.connection.request_key_update(PeerKeyUpdate::KeyUpdateNotRequested);
        result.map(|_| ()).map_err(|error| describe(&error))
    }

    fn close(&mut self) -> Result<(), String> {
        self.wait_for(|connection| connection.poll_shutdown_send().map_ok(|_| ()))?;
        let _ = self.stream.shutdown(Shutdown::Write);
        Ok(())
    }
}

fn psk(identity: &[u8], key: &[u8]) -> Result<Psk, Error> {
    let mut builder = Psk::builder()?;
    builder.set_identity(identity)?;
    builder.set_secret(key)?;
    builder.set_hmac(PskHmac::SHA256)?;
    builder.build()
}

fn wait_until_ready(stream: &TcpStream, events: libc::c_short, timeout: Duration) -> Result<(), String> {
    let mut poll = libc::pollfd { fd: stream.as_raw_fd(), events, revents: 0 };
    // SAFETY: one structure, which lives through the call
    match unsafe { libc::poll(&mut poll, 1, timeout.as_millis() as libc::c_int) } {
        0 => Err("timeout".into()),
        -1 => Err(std::io::Error::last_os_error().to_string()),
        _ => Ok(()),
    }
}
