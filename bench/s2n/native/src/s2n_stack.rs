use std::ffi::{c_int, c_void};
use std::io::{Read, Write};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::SystemTime;

use errno::{set_errno, Errno};
use s2n_tls::callbacks::{SessionTicket, SessionTicketCallback, VerifyHostNameCallback};
use s2n_tls::config::{Builder, Config};
use s2n_tls::connection::Connection;
use s2n_tls::enums::{Blinding, ClientAuthType, Mode};
use s2n_tls::error::Error;
use s2n_tls::security::Policy;

use crate::case::{Authentication, Case};
use crate::pair::{End, Stack};
use crate::wire::{wire, WireEnd};

pub struct S2n {
    client: Config,
    server: Config,
    ticket: Ticket,
}

impl Stack for S2n {
    type End = S2nEnd;

    fn new(case: &Case) -> Self {
        let ticket = Ticket::default();
        let client = client(case, &ticket).expect("a client's config");
        let server = server(case).expect("a server's config");
        Self { client, server, ticket }
    }

    fn connect(&self) -> (S2nEnd, S2nEnd) {
        let (near, far) = wire();
        let mut client = S2nEnd::new(Mode::Client, &self.client, near).expect("a client");
        client.connection.set_server_name("localhost").expect("a server's name");
        if let Some(ticket) = self.ticket.0.lock().unwrap().take() {
            client.connection.set_session_ticket(&ticket).expect("a session");
        }
        (client, S2nEnd::new(Mode::Server, &self.server, far).expect("a server"))
    }
}

fn client(case: &Case, ticket: &Ticket) -> Result<Config, Error> {
    let mut builder = builder(case)?;
    builder.trust_pem(&case.pem("ca"))?;
    match case.authentication {
        Authentication::Server => {}
        Authentication::Mutual => {
            builder.load_pem(&case.pem("client-chain"), &case.pem("client-key"))?;
            builder.set_client_auth_type(ClientAuthType::Required)?;
        }
        Authentication::Resumption => {
            builder.enable_session_tickets(true)?;
            builder.set_session_ticket_callback(ticket.clone())?;
        }
    }
    builder.build()
}

fn server(case: &Case) -> Result<Config, Error> {
    let mut builder = builder(case)?;
    builder.load_pem(&case.pem("server-chain"), &case.pem("server-key"))?;
    match case.authentication {
        Authentication::Server => {}
        Authentication::Mutual => {
            builder.trust_pem(&case.pem("ca"))?;
            builder.set_client_auth_type(ClientAuthType::Required)?;
            builder.set_verify_host_callback(AnyName)?;
        }
        Authentication::Resumption => {
            builder.add_session_ticket_key(b"bench", &[7; 32], SystemTime::UNIX_EPOCH)?;
        }
    }
    builder.build()
}

fn builder(case: &Case) -> Result<Builder, Error> {
    let mut builder = Builder::new();
    builder.with_system_certs(false)?;
    builder.set_security_policy(&Policy::from_version(policy(case))?)?;
    Ok(builder)
}

/// Those whose first choices they are: a policy of one's own cannot be made.
fn policy(case: &Case) -> &'static str {
    match (case.suite.as_str(), case.group.as_str()) {
        ("TLS_AES_128_GCM_SHA256", "secp256r1") => "20230317",
        ("TLS_AES_128_GCM_SHA256", "x25519") => "20240417",
        ("TLS_AES_128_GCM_SHA256", "X25519MLKEM768") => "20251014",
        ("TLS_AES_256_GCM_SHA384", "secp256r1") => "20190802",
        ("TLS_AES_256_GCM_SHA384", "x25519") => "20190801",
        (suite, group) => panic!("no policy of s2n-tls prefers {suite} with {group}"),
    }
}

pub struct S2nEnd {
    connection: Connection,
    /// C has a pointer to it.
    wire: Box<WireEnd>,
    is_server: bool,
}

impl S2nEnd {
    fn new(mode: Mode, config: &Config, wire: WireEnd) -> Result<Self, Error> {
        let mut wire = Box::new(wire);
        let mut connection = Connection::new(mode);
        connection.set_config(config.clone())?;
        connection.set_blinding(Blinding::SelfService)?;
        connection.set_send_callback(Some(send))?;
        connection.set_receive_callback(Some(receive))?;
        let context: *mut WireEnd = &mut *wire;
        // SAFETY: the box does not move, and lives as long as the connection beside it
        unsafe {
            connection.set_send_context(context.cast())?;
            connection.set_receive_context(context.cast())?;
        }
        Ok(Self { connection, wire, is_server: mode == Mode::Server })
    }
}

impl End for S2nEnd {
    fn handshake(&mut self) -> bool {
        match self.connection.poll_negotiate() {
            Poll::Ready(result) => result.map(|_| true).expect("a handshake"),
            Poll::Pending => false,
        }
    }

    fn send(&mut self, mut data: &[u8]) {
        while !data.is_empty() {
            let Poll::Ready(sent) = self.connection.poll_send(data) else { panic!("memory takes all") };
            data = &data[sent.expect("data is sent")..];
        }
        assert!(self.connection.poll_flush().is_ready());
    }

    fn receive(&mut self, mut buffer: &mut [u8]) {
        while !buffer.is_empty() {
            let Poll::Ready(received) = self.connection.poll_recv(buffer) else { panic!("all is there") };
            buffer = &mut buffer[received.expect("data is received")..];
        }
    }

    fn is_resumed(&self) -> bool {
        self.connection.resumed()
    }

    fn check(&self, case: &Case) {
        assert_eq!(self.connection.cipher_suite().ok(), Some(case.suite.as_str()));
        assert_eq!(self.connection.selected_key_exchange_group(), Some(case.group.as_str()));
        assert!(!self.is_server || self.connection.client_cert_used() == (case.authentication == Authentication::Mutual));
    }

    fn shrink_wire(&self) {
        self.wire.shrink();
    }
}

/// The newest that came.
#[derive(Clone, Default)]
struct Ticket(Arc<Mutex<Option<Vec<u8>>>>);

impl SessionTicketCallback for Ticket {
    fn on_session_ticket(&self, _connection: &mut Connection, ticket: &SessionTicket) {
        let mut data = vec![0; ticket.len().expect("a ticket's length")];
        ticket.data(&mut data).expect("a ticket");
        *self.0.lock().unwrap() = Some(data);
    }
}

/// A client's certificate is for no host.
struct AnyName;

impl VerifyHostNameCallback for AnyName {
    fn verify_host_name(&self, _name: &str) -> bool {
        true
    }
}

unsafe extern "C" fn send(context: *mut c_void, data: *const u8, length: u32) -> c_int {
    // SAFETY: the context is what S2nEnd::new has set; C gives a buffer of that length
    let (wire, data) = unsafe { (&mut *context.cast::<WireEnd>(), std::slice::from_raw_parts(data, length as usize)) };
    done(wire.write(data))
}

unsafe extern "C" fn receive(context: *mut c_void, buffer: *mut u8, length: u32) -> c_int {
    // SAFETY: as above
    let (wire, buffer) =
        unsafe { (&mut *context.cast::<WireEnd>(), std::slice::from_raw_parts_mut(buffer, length as usize)) };
    done(wire.read(buffer))
}

fn done(result: std::io::Result<usize>) -> c_int {
    match result {
        Ok(length) => length as c_int,
        Err(_) => {
            set_errno(Errno(libc::EWOULDBLOCK));
            -1
        }
    }
}
