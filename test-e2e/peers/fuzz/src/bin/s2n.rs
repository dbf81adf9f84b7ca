//! s2n-tls as both sides of the differential fuzzer.

use std::ffi::c_void;
use std::net::TcpStream;
use std::os::fd::AsRawFd;
use std::sync::OnceLock;
use std::task::Poll;
use std::time::SystemTime;

use s2n_tls::config::Config;
use s2n_tls::connection::Connection;
use s2n_tls::enums::{Blinding, ClientAuthType};
use s2n_tls::error::Error;
use s2n_tls::security::Policy;
use webtls_fuzz_peers::{run, Options};

fn main() {
    // the limit of locked memory is that of a small machine
    std::env::set_var("S2N_DONT_MLOCK", "1");
    run(serve, connect)
}

fn serve(options: &Options, stream: TcpStream) -> Result<(), String> {
    let mut connection = Connection::new_server();
    prepare(&mut connection, options, true, &stream).map_err(describe)?;
    handshake(&mut connection)?;
    echo(&mut connection)
}

fn connect(options: &Options, stream: TcpStream) -> Result<(), String> {
    let mut connection = Connection::new_client();
    prepare(&mut connection, options, false, &stream).map_err(describe)?;
    connection.set_server_name("server.test").map_err(describe)?;
    handshake(&mut connection)?;
    write_all(&mut connection, b"ping")?;
    echo(&mut connection)
}

fn prepare(connection: &mut Connection, options: &Options, is_server: bool, stream: &TcpStream) -> Result<(), Error> {
    static CONFIG: OnceLock<Config> = OnceLock::new();
    let config = CONFIG.get_or_init(|| config(options, is_server).expect("a config"));
    connection.set_config(config.clone())?;
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
    if is_server {
        builder.add_session_ticket_key(b"fuzz", &[7; 32], SystemTime::now())?;
    }
    if options.has("client-auth") {
        builder.set_client_auth_type(ClientAuthType::Required)?;
        builder.set_verify_host_callback(AnyName)?;
    } else if !is_server {
        builder.set_client_auth_type(ClientAuthType::Optional)?;
    }
    builder.build()
}

/// A client's certificate has no name to compare.
struct AnyName;

impl s2n_tls::callbacks::VerifyHostNameCallback for AnyName {
    fn verify_host_name(&self, _name: &str) -> bool {
        true
    }
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
