//! What both programs have in common: `server` listens, says `PORT n` and echoes; `client` connects to each port that
//! it reads from its standard input, says `ping` and echoes. How each connection ended is a line `PORT n: text`, with
//! the port of the other side.

use std::collections::HashMap;
use std::io::{self, BufRead, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::time::Duration;

/// A TLS connection over a TCP one: whatever fails is a text.
pub type Serve = fn(&Options, TcpStream) -> Result<(), String>;

pub struct Options {
    values: HashMap<String, String>,
}

impl Options {
    /// The contents of the file that an option names.
    pub fn file(&self, name: &str) -> Vec<u8> {
        let path = self.values.get(name).unwrap_or_else(|| panic!("--{name} is missing"));
        std::fs::read(path).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }
}

pub fn run(server: Serve, client: Serve) {
    let mut arguments = std::env::args().skip(1);
    let role = arguments.next().expect("server or client");
    let mut values = HashMap::new();
    while let Some(name) = arguments.next() {
        let value = arguments.next().expect("a value for each option");
        values.insert(name.trim_start_matches("--").to_string(), value);
    }
    let options: &'static Options = Box::leak(Box::new(Options { values }));
    match role.as_str() {
        "server" => listen(options, server),
        "client" => dial(options, client),
        other => panic!("{other} is neither server nor client"),
    }
}

fn listen(options: &'static Options, serve: Serve) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    say(format!("PORT {}", listener.local_addr().expect("an address").port()));
    // the parent ends us by closing our standard input
    std::thread::spawn(|| {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        std::process::exit(0);
    });
    for stream in listener.incoming().flatten() {
        std::thread::spawn(move || finish(options, stream, serve));
    }
}

fn dial(options: &'static Options, serve: Serve) {
    for line in io::stdin().lock().lines().map_while(Result::ok) {
        let port: u16 = line.trim().parse().expect("a port");
        std::thread::spawn(move || match TcpStream::connect((Ipv4Addr::LOCALHOST, port)) {
            Ok(stream) => finish(options, stream, serve),
            Err(error) => say(format!("PORT {port}: {error}")),
        });
    }
}

fn finish(options: &Options, stream: TcpStream, serve: Serve) {
    let port = stream.peer_addr().map(|address| address.port()).unwrap_or(0);
    let _ = stream.set_nodelay(true);
    let _ = stream.set_read_timeout(Some(Duration::from_secs(20)));
    let other = stream.try_clone();
    let outcome = serve(options, stream);
    let text = outcome.err().unwrap_or_else(|| "closed".to_string());
    say(format!("PORT {port}: {}", text.replace('\n', " ")));
    if let Ok(mut stream) = other {
        // what is unread would turn our end into a reset, which may overtake our alert
        let _ = stream.shutdown(Shutdown::Write);
        let _ = stream.set_read_timeout(Some(Duration::from_secs(2)));
        let _ = io::copy(&mut Read::by_ref(&mut stream).take(1 << 20), &mut io::sink());
    }
}

fn say(line: String) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{line}");
    let _ = out.flush();
}
