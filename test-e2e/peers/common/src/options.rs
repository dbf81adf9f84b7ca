use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Client,
    Server,
}

/// One command line for all peers. What a stack has no means for it must refuse, see `refuse`.
#[derive(Clone)]
pub struct Options {
    pub role: Role,
    /// Client: where to. Server: where to listen; 0 is any free port.
    pub port: u16,
    /// Client: one connection for each line of standard input, which is a port.
    pub ports_from_stdin: bool,
    /// Client: how many, one after another.
    pub connections: usize,
    /// PEM files: the chain and its key.
    pub identities: Vec<(String, String)>,
    /// A PEM file: who may vouch for the other side.
    pub trust: Option<String>,
    pub client_auth: String,
    pub server_name: Option<String>,
    pub alpn: Vec<String>,
    pub policy: Option<String>,
    pub suites: Vec<String>,
    pub groups: Vec<String>,
    pub tls12: bool,
    /// Client: later connections offer the session of the one before.
    pub resume: bool,
    /// Client: how much of it is sent when a session is resumed. Server: how much is taken.
    pub early_data: usize,
    pub psks: Vec<(Vec<u8>, Vec<u8>)>,
    /// `small` or `large`
    pub records: Option<String>,
    pub buffered_sends: bool,
    pub send: Option<usize>,
    pub receive: Option<usize>,
    /// How much is given to one call of the stack's write.
    pub write_size: usize,
    pub key_updates: usize,
    pub timeout: Duration,
}

impl Options {
    /// Ends the program when the command line cannot be right.
    pub fn from_command_line() -> Self {
        match Self::parse(std::env::args().skip(1)) {
            Ok(options) => options,
            Err(message) => usage_error(&message),
        }
    }

    /// Ends the program when something is asked of a stack that it cannot do: nothing is read and ignored.
    pub fn refuse(&self, stack: &str, asked: &[(&str, bool)]) {
        for (name, is_asked) in asked {
            if *is_asked {
                usage_error(&format!("{name}: not in {stack}"));
            }
        }
    }

    pub fn address(&self) -> SocketAddrV4 {
        SocketAddrV4::new(Ipv4Addr::LOCALHOST, self.port)
    }

    fn parse(mut args: impl Iterator<Item = String>) -> Result<Self, String> {
        let role = match args.next().as_deref() {
            Some("client") => Role::Client,
            Some("server") => Role::Server,
            _ => return Err("the first argument is client or server".into()),
        };
        let mut options = Self::new(role);
        let mut certificates = Vec::new();
        let mut keys = Vec::new();
        while let Some(name) = args.next() {
            if options.set_flag(&name) {
                continue;
            }
            let value = args.next().ok_or(format!("{name} has no value"))?;
            match name.as_str() {
                "--certificate" => certificates.push(value),
                "--key" => keys.push(value),
                _ => options.set_value(&name, value)?,
            }
        }
        if certificates.len() != keys.len() {
            return Err("each --certificate has its --key".into());
        }
        options.identities = certificates.into_iter().zip(keys).collect();
        Ok(options)
    }

    fn new(role: Role) -> Self {
        Self {
            role,
            port: 0,
            ports_from_stdin: false,
            connections: 1,
            identities: Vec::new(),
            trust: None,
            client_auth: "none".into(),
            server_name: None,
            alpn: Vec::new(),
            policy: None,
            suites: Vec::new(),
            groups: Vec::new(),
            tls12: false,
            resume: false,
            early_data: 0,
            psks: Vec::new(),
            records: None,
            buffered_sends: false,
            send: None,
            receive: None,
            write_size: usize::MAX,
            key_updates: 0,
            timeout: Duration::from_secs(10),
        }
    }

    fn set_flag(&mut self, name: &str) -> bool {
        let flag = match name {
            "--ports-from-stdin" => &mut self.ports_from_stdin,
            "--tls12" => &mut self.tls12,
            "--resume" => &mut self.resume,
            "--buffered-sends" => &mut self.buffered_sends,
            _ => return false,
        };
        *flag = true;
        true
    }

    fn set_value(&mut self, name: &str, value: String) -> Result<(), String> {
        let list = || value.split(',').map(String::from).collect::<Vec<_>>();
        match name {
            "--port" => self.port = number(name, &value)? as u16,
            "--connections" => self.connections = number(name, &value)?,
            "--trust" => self.trust = Some(value),
            "--client-auth" => self.client_auth = one_of(name, value, &["none", "optional", "required"])?,
            "--server-name" => self.server_name = Some(value),
            "--alpn" => self.alpn = list(),
            "--policy" => self.policy = Some(value),
            "--suites" => self.suites = list(),
            "--groups" => self.groups = list(),
            "--early-data" => self.early_data = number(name, &value)?,
            "--psk" => self.psks.push(psk(&value)?),
            "--records" => self.records = Some(one_of(name, value, &["small", "large"])?),
            "--send" => self.send = Some(number(name, &value)?),
            "--receive" => self.receive = Some(number(name, &value)?),
            "--write-size" => self.write_size = number(name, &value)?.max(1),
            "--key-updates" => self.key_updates = number(name, &value)?,
            "--timeout-ms" => self.timeout = Duration::from_millis(number(name, &value)? as u64),
            _ => return Err(format!("{name} is unknown")),
        }
        Ok(())
    }
}

fn number(name: &str, value: &str) -> Result<usize, String> {
    value.parse().map_err(|_| format!("{name} takes a number, not {value}"))
}

fn one_of(name: &str, value: String, allowed: &[&str]) -> Result<String, String> {
    if allowed.contains(&value.as_str()) {
        Ok(value)
    } else {
        Err(format!("{name} is one of {}", allowed.join(", ")))
    }
}

/// IDENTITY:HEX
fn psk(value: &str) -> Result<(Vec<u8>, Vec<u8>), String> {
    let (identity, hex) = value.split_once(':').ok_or("--psk takes IDENTITY:HEX")?;
    let key = (0..hex.len() / 2)
        .map(|index| u8::from_str_radix(&hex[2 * index..2 * index + 2], 16))
        .collect::<Result<_, _>>()
        .map_err(|_| "--psk takes IDENTITY:HEX")?;
    Ok((identity.as_bytes().to_vec(), key))
}

fn usage_error(message: &str) -> ! {
    eprintln!("{message}");
    std::process::exit(2)
}
