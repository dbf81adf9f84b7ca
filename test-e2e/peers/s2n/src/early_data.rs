//! What s2n-tls's Rust interface leaves out: early data, and reading from a socket itself. These are calls of the C
//! interface on the connection that the Rust one holds.

use s2n_tls::connection::Connection;
use s2n_tls::error::{Error, Fallible};
use s2n_tls_sys::*;

pub fn set_socket(connection: &mut Connection, fd: libc::c_int) -> Result<(), Error> {
    // SAFETY: the connection lives; the descriptor's owner lives as long
    unsafe { s2n_connection_set_fd(pointer(connection), fd).into_result() }.map(|_| ())
}

/// A server's tickets allow so much.
pub fn allow(connection: &mut Connection, bytes: usize) -> Result<(), Error> {
    // SAFETY: the connection lives
    unsafe { s2n_connection_set_server_max_early_data_size(pointer(connection), bytes as u32).into_result() }.map(|_| ())
}

/// Does nothing when there is no session that allows it.
pub fn send(connection: &mut Connection, bytes: &[u8], wait: impl Fn() -> Result<(), String>) -> Result<(), String> {
    let mut total = 0;
    while total < bytes.len() {
        let (mut sent, mut blocked) = (0, s2n_blocked_status::NOT_BLOCKED);
        let rest = &bytes[total..];
        // SAFETY: the slice and the two results live through the call
        let result = unsafe {
            s2n_send_early_data(pointer(connection), rest.as_ptr(), rest.len() as isize, &mut sent, &mut blocked)
                .into_result()
        };
        total += sent as usize;
        match result {
            Ok(_) if sent == 0 => return Ok(()),
            Ok(_) => {}
            Err(error) if error.is_retryable() => wait()?,
            Err(error) => return Err(crate::describe(&error)),
        }
    }
    Ok(())
}

/// Starts the handshake, and returns what came with the first flight.
pub fn receive(connection: &mut Connection, wait: impl Fn() -> Result<(), String>) -> Result<Vec<u8>, String> {
    let mut all = Vec::new();
    let mut buffer = vec![0; 1 << 14];
    loop {
        let (mut received, mut blocked) = (0, s2n_blocked_status::NOT_BLOCKED);
        // SAFETY: the buffer and the two results live through the call
        let result = unsafe {
            s2n_recv_early_data(pointer(connection), buffer.as_mut_ptr(), buffer.len() as isize, &mut received, &mut blocked)
                .into_result()
        };
        all.extend_from_slice(&buffer[..received as usize]);
        match result {
            Ok(_) => return Ok(all),
            Err(error) if error.is_retryable() => wait()?,
            Err(error) => return Err(crate::describe(&error)),
        }
    }
}

pub fn status(connection: &Connection) -> &'static str {
    let mut status = s2n_early_data_status_t::NOT_REQUESTED;
    // SAFETY: the connection lives; C only reads it
    let result = unsafe { s2n_connection_get_early_data_status(pointer(connection), &mut status).into_result() };
    match (result, status) {
        (Ok(_), s2n_early_data_status_t::REJECTED) => "rejected",
        (Ok(_), s2n_early_data_status_t::OK | s2n_early_data_status_t::END) => "accepted",
        _ => "none",
    }
}

/// The Rust interface gives its pointer away only when it is built against another libs2n; a `Connection` is nothing
/// but that pointer.
fn pointer(connection: &Connection) -> *mut s2n_connection {
    const { assert!(size_of::<Connection>() == size_of::<*mut s2n_connection>()) };
    // SAFETY: as the assertion says
    unsafe { *(connection as *const Connection).cast() }
}
