//! rustls as a peer: its commands and its lines are the same as the other peers'.

mod client;
mod connection;
mod credentials;
mod provider;
mod server;

use peer_common::{Options, Role};

fn main() {
    let options = Options::from_command_line();
    options.refuse(
        "rustls",
        &[
            ("--policy", options.policy.is_some()),
            ("--psk", !options.psks.is_empty()),
            ("--buffered-sends", options.buffered_sends),
        ],
    );
    let result = match options.role {
        Role::Server => server::serve(options),
        Role::Client => client::dial_all(&options),
    };
    if let Err(error) = result {
        eprintln!("{error}");
        std::process::exit(1);
    }
}
