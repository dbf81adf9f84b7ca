//! s2n-tls as both sides of the differential fuzzer.

use std::ffi::c_void;
use std::net::TcpStream;
use std::os::fd::AsRawFd;
use std::sync::OnceLock;
use std::task::Poll;
use std::time::SystemTime;

use s2n_tls::callbacks::{SessionTicket, SessionTicketCallback};
use s2n_tls::config::Config;
use s2n_tls::connection::Connection;
use s2n_tls::enums::{Blinding, ClientAuthType, PskHmac};
use s2n_tls::error::{Error, Fallible};
use s2n_tls::psk::Psk;
use s2n_tls::security::Policy;
use s2n_tls_sys::*;
use webtls_fuzz_peers::{run, Options};

fn main() {
    // the limit of locked memory is that of a small machine
    std::env::set_var("S2N_DONT_MLOCK", "1");
    run(serve, connect)
}

fn serve(options: &Options, stream: TcpStream) -> Result<(), String> {
    let mut connection = Connection::new_server();
    prepare(&mut connection, options, true, &stream).map_err(describe)?;
    let early = if options.has("early-data") { receive_early_data(&mut connection)? } else { Vec::new() };
    handshake(&mut connection)?;
    write_all(&mut connection, &early)?;
    echo(&mut connection)
}

fn connect(options: &Options, stream: TcpStream) -> Result<(), String> {
    let mut connection = Connection::new_client();
    prepare(&mut connection, options, false, &stream).map_err(describe)?;
    connection.set_server_name("server.test").map_err(describe)?;
    if let Some(ticket) = TICKET.get() {
        connection.set_session_ticket(ticket).map_err(describe)?;
        if options.has("early-data") {
            send_early_data(&mut connection, b"early")?;
        }
    }
    handshake(&mut connection)?;
    write_all(&mut connection, b"ping")?;
    echo(&mut connection)
}

fn prepare(connection: &mut Connection, options: &Options, is_server: bool, stream: &TcpStream) -> Result<(), Error> {
    static CONFIG: OnceLock<Config> = OnceLock::new();
    let config = CONFIG.get_or_init(|| config(options, is_server).expect("a config"));
    connection.set_config(config.clone())?;
    if options.has("early-data") && is_server {
        allow_early_data(connection)?;
    }
    if options.has("psk") {
        let mut psk = Psk::builder()?;
        psk.set_identity(b"psk.test")?;
        psk.set_secret(&options.file("psk"))?;
        psk.set_hmac(PskHmac::SHA256)?;
        connection.append_psk(&psk.build()?)?;
    }
    // its delay after an error is meant for the network: here it would only slow the run
    connection.set_blinding(Blinding::SelfService)?;
    let descriptor = stream.as_raw_fd() as usize as *mut c_void;
    connection.set_receive_callback(Some(receive))?;
    connection.set_send_callback(Some(send))?;
    // SAFETY: the context is a number, and the stream outlives the connection's use of it
    unsafe {
        connection.set_receive_context(descriptor)?;
        connection.set_send_context(descriptor)?;
    }
    Ok(())
}

fn config(options: &Options, is_server: bool) -> Result<Config, Error> {
    let mut builder = Config::builder();
    builder.set_security_policy(&Policy::from_version("test_all_tls13")?)?;
    builder.load_pem(&options.file("cert"), &options.file("key"))?;
    builder.with_system_certs(false)?;
    builder.trust_pem(&options.file("ca"))?;
    // sessions and external PSKs cannot be mixed
    if is_server && !options.has("psk") {
        builder.add_session_ticket_key(b"fuzz", &[7; 32], SystemTime::now())?;
    }
    if options.has("client-auth") {
        builder.set_client_auth_type(ClientAuthType::Required)?;
        builder.set_verify_host_callback(AnyName)?;
    } else if !is_server {
        builder.set_client_auth_type(ClientAuthType::Optional)?;
    }
    if options.has("resume") {
        builder.set_session_ticket_callback(KeepFirst)?;
    }
    builder.build()
}

/// Of the client that resumes: the first that it got.
static TICKET: OnceLock<Vec<u8>> = OnceLock::new();

struct KeepFirst;

impl SessionTicketCallback for KeepFirst {
    fn on_session_ticket(&self, _connection: &mut Connection, ticket: &SessionTicket) {
        let mut data = vec![0; ticket.len().unwrap_or(0)];
        if ticket.data(&mut data).is_ok() {
            let _ = TICKET.set(data);
        }
    }
}

/// A client's certificate has no name to compare.
struct AnyName;

impl s2n_tls::callbacks::VerifyHostNameCallback for AnyName {
    fn verify_host_name(&self, _name: &str) -> bool {
        true
    }
}

/// What the Rust interface leaves out: calls of the C interface on the connection that it holds.
fn allow_early_data(connection: &mut Connection) -> Result<(), Error> {
    // SAFETY: the connection lives
    unsafe { s2n_connection_set_server_max_early_data_size(pointer(connection), 1 << 14).into_result() }.map(|_| ())
}

/// Starts the handshake.
fn send_early_data(connection: &mut Connection, data: &[u8]) -> Result<(), String> {
    let (mut sent, mut blocked) = (0, s2n_blocked_status::NOT_BLOCKED);
    let (start, length) = (data.as_ptr(), data.len() as isize);
    // SAFETY: the slice and the two results live through the call
    let result =
        unsafe { s2n_send_early_data(pointer(connection), start, length, &mut sent, &mut blocked).into_result() };
    result.map(|_| ()).map_err(describe)
}

/// Starts the handshake, and returns what came with the first flight.
fn receive_early_data(connection: &mut Connection) -> Result<Vec<u8>, String> {
    let mut all = Vec::new();
    let mut buffer = [0; 1 << 14];
    loop {
        let (mut received, mut blocked) = (0, s2n_blocked_status::NOT_BLOCKED);
        let (start, length) = (buffer.as_mut_ptr(), buffer.len() as isize);
        // SAFETY: the buffer and the two results live through the call
        let result = unsafe {
            s2n_recv_early_data(pointer(connection), start, length, &mut received, &mut blocked).into_result()
        };
        all.extend_from_slice(&buffer[..received as usize]);
        match result {
            Ok(_) => return Ok(all),
            // the sockets block: what is not ready has waited for too long
            Err(error) if error.is_retryable() && received == 0 => return Err("timed out".to_string()),
            Err(error) if error.is_retryable() => {}
            Err(error) => return Err(describe(error)),
        }
    }
}

/// A `Connection` is nothing but the pointer that the C interface takes.
fn pointer(connection: &Connection) -> *mut s2n_connection {
    const { assert!(size_of::<Connection>() == size_of::<*mut s2n_connection>()) };
    // SAFETY: as the assertion says
    unsafe { *(connection as *const Connection).cast() }
}

fn handshake(connection: &mut Connection) -> Result<(), String> {
    ready(connection.poll_negotiate()).map(|_| ())
}

fn echo(connection: &mut Connection) -> Result<(), String> {
    let mut buffer = [0; 16384];
    loop {
        let length = ready(connection.poll_recv(&mut buffer))?;
        if length == 0 {
            let _ = connection.poll_shutdown();
            return Ok(());
        }
        write_all(connection, &buffer[..length])?;
    }
}

fn write_all(connection: &mut Connection, mut data: &[u8]) -> Result<(), String> {
    while !data.is_empty() {
        let sent = ready(connection.poll_send(data))?;
        data = &data[sent..];
    }
    ready(connection.poll_flush()).map(|_| ())
}

/// The sockets block: what is not ready has waited for too long.
fn ready<T>(poll: Poll<Result<T, Error>>) -> Result<T, String> {
    match poll {
        Poll::Ready(outcome) => outcome.map_err(describe),
        Poll::Pending => Err("timed out".to_string()),
    }
}

fn describe(error: Error) -> String {
    format!("{}: {}", error.name(), error.message())
}

unsafe extern "C" fn receive(context: *mut c_void, buffer: *mut u8, length: u32) -> libc::c_int {
    libc::recv(context as usize as i32, buffer.cast(), length as usize, 0) as libc::c_int
}

unsafe extern "C" fn send(context: *mut c_void, buffer: *const u8, length: u32) -> libc::c_int {
    libc::send(context as usize as i32, buffer.cast(), length as usize, libc::MSG_NOSIGNAL) as libc::c_int
}
