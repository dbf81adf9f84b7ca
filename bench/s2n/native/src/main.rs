//! s2n-tls C and rustls, both ends of each connection in this process and thread, over memory: what s2n-tls's own
//! benchmarks do. `bench-native s2n|rustls FOLDER` reads a command a line and answers each with a line; all are JSON,
//! and the same that `participant.ts` takes. FOLDER has the certificates.

mod case;
mod measure;
mod memory;
mod pair;
mod rustls_stack;
mod s2n_stack;
mod wire;

use std::io::{BufRead, Write};
use std::path::PathBuf;

use case::Case;
use pair::Stack;
use serde_json::Value;

fn main() {
    // locked memory is scarce in containers
    std::env::set_var("S2N_DONT_MLOCK", "1");
    let args: Vec<String> = std::env::args().collect();
    let [_, stack, folder] = args.as_slice() else { usage() };
    let certificates = PathBuf::from(folder);
    match stack.as_str() {
        "s2n" => serve::<s2n_stack::S2n>(certificates),
        "rustls" => serve::<rustls_stack::Rustls>(certificates),
        _ => usage(),
    }
}

fn usage() -> ! {
    eprintln!("bench-native s2n|rustls FOLDER");
    std::process::exit(2)
}

fn serve<S: Stack>(certificates: PathBuf) {
    for line in std::io::stdin().lock().lines() {
        let command: Value = serde_json::from_str(&line.expect("standard input")).expect("a command is JSON");
        let case = Case::from_command(&command, certificates.clone());
        let answer = match command["kind"].as_str() {
            Some("handshake") => measure::handshakes::<S>(&case, &command),
            Some("throughput") => measure::throughput::<S>(&case, &command),
            Some("memory") => memory::measure::<S>(&case, &command),
            kind => panic!("{kind:?} is not measured here"),
        };
        println!("{answer}");
        std::io::stdout().flush().expect("standard output");
    }
}
