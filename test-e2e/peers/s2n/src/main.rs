//! s2n-tls C as a peer: its commands and its lines are the same as the other peers'.

mod config;
mod connection;
mod early_data;

use std::io::BufRead;
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use peer_common::{emit, Options, Report, Role};
use s2n_tls::config::Config;
use s2n_tls::error::Error;
use serde_json::json;

fn main() {
    // locked memory is scarce in containers
    std::env::set_var("S2N_DONT_MLOCK", "1");
    let options = Options::from_command_line();
    options.refuse("s2n-tls: a policy says which", &[("--suites", !options.suites.is_empty()), ("--groups", !options.groups.is_empty())]);
    let tickets = Tickets::default();
    let config = match config::build(&options, &tickets) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("{error:?}");
            std::process::exit(2);
        }
    };
    let result = match options.role {
        Role::Server => serve(options, config),
        Role::Client => dial_all(&options, &config, &tickets),
    };
    if let Err(error) = result {
        eprintln!("{error}");
        std::process::exit(1);
    }
}

/// What a client was given last.
pub type Tickets = Arc<Mutex<Option<Vec<u8>>>>;

fn serve(options: Options, config: Config) -> std::io::Result<()> {
    let listener = TcpListener::bind(options.address())?;
    emit(json!({ "event": "listening", "port": listener.local_addr()?.port() }));
    let options = Arc::new(options);
    for (index, stream) in listener.incoming().enumerate() {
        let (options, config, stream) = (options.clone(), config.clone(), stream?);
        std::thread::spawn(move || run(stream, &options, &config, None, index + 1));
    }
    Ok(())
}

fn dial_all(options: &Options, config: &Config, tickets: &Tickets) -> std::io::Result<()> {
    let dial = |port: u16, number: usize| -> std::io::Result<()> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        let ticket = if options.resume { tickets.lock().unwrap().clone() } else { None };
        run(stream, options, config, ticket, number);
        Ok(())
    };
    if options.ports_from_stdin {
        for (index, line) in std::io::stdin().lock().lines().enumerate() {
            let port = line?.trim().parse().map_err(std::io::Error::other)?;
            dial(port, index + 1)?;
        }
    } else {
        for number in 1..=options.connections {
            dial(options.port, number)?;
        }
    }
    Ok(())
}

fn run(stream: TcpStream, options: &Options, config: &Config, ticket: Option<Vec<u8>>, number: usize) {
    let report = Report { connection: number };
    let mut connection = match connection::S2n::new(stream, options, config, ticket) {
        Ok(connection) => connection,
        Err(error) => return report.failed(&describe(&error), None),
    };
    if let Err(error) = connection.run(options, &report) {
        report.failed(&error, connection.alert());
    }
}

pub fn describe(error: &Error) -> String {
    format!("{}: {}", error.name(), error.message())
}
