//! rustls as both sides of the differential fuzzer.

use std::collections::{HashMap, VecDeque};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex, OnceLock};

use rustls::client::{ClientSessionStore, Resumption, Tls12ClientSessionValue, Tls13ClientSessionValue};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::{StoresServerSessions, WebPkiClientVerifier};
use rustls::{ClientConfig, ClientConnection, NamedGroup, RootCertStore, ServerConfig, ServerConnection};
use webtls_fuzz_peers::{run, Options};

fn main() {
    run(serve, connect)
}

fn serve(options: &Options, mut stream: TcpStream) -> Result<(), String> {
    static CONFIG: OnceLock<Arc<ServerConfig>> = OnceLock::new();
    let config = CONFIG.get_or_init(|| Arc::new(server_config(options)));
    let mut connection = ServerConnection::new(config.clone()).map_err(|error| error.to_string())?;
    let mut early = Vec::new();
    if options.has("early-data") {
        while connection.is_handshaking() {
            connection.complete_io(&mut stream).map_err(|error| error.to_string())?;
        }
        if let Some(mut data) = connection.early_data() {
            data.read_to_end(&mut early).map_err(|error| error.to_string())?;
        }
    }
    let mut tls = rustls::Stream::new(&mut connection, &mut stream);
    tls.write_all(&early).map_err(|error| error.to_string())?;
    echo(&mut tls)
}

fn connect(options: &Options, mut stream: TcpStream) -> Result<(), String> {
    static CONFIG: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    let config = CONFIG.get_or_init(|| Arc::new(client_config(options)));
    let name = ServerName::try_from("server.test").expect("a name");
    let mut connection = ClientConnection::new(config.clone(), name).map_err(|error| error.to_string())?;
    // there is none without a ticket
    if let Some(mut early) = connection.early_data() {
        early.write_all(b"early").map_err(|error| error.to_string())?;
    }
    let mut tls = rustls::Stream::new(&mut connection, &mut stream);
    tls.write_all(b"ping").map_err(|error| error.to_string())?;
    echo(&mut tls)
}

fn echo(tls: &mut (impl Read + Write)) -> Result<(), String> {
    let mut buffer = [0; 16384];
    loop {
        let length = tls.read(&mut buffer).map_err(|error| error.to_string())?;
        if length == 0 {
            return Ok(());
        }
        tls.write_all(&buffer[..length]).map_err(|error| error.to_string())?;
        tls.flush().map_err(|error| error.to_string())?;
    }
}

fn server_config(options: &Options) -> ServerConfig {
    let builder = ServerConfig::builder_with_protocol_versions(&[&rustls::version::TLS13]);
    let builder = if options.has("client-auth") {
        let roots = Arc::new(roots(options));
        builder.with_client_cert_verifier(WebPkiClientVerifier::builder(roots).build().expect("a verifier"))
    } else {
        builder.with_no_client_auth()
    };
    let mut config = builder.with_single_cert(chain(options), key(options)).expect("an identity");
    if options.has("early-data") {
        // it goes with sessions that the server keeps
        config.session_storage = Arc::new(EverySession::default());
        config.max_early_data_size = 1 << 14;
    } else {
        config.ticketer = rustls::crypto::aws_lc_rs::Ticketer::new().expect("a ticketer");
    }
    config
}

/// A ticket serves for many connections.
#[derive(Debug, Default)]
struct EverySession(Mutex<HashMap<Vec<u8>, Vec<u8>>>);

impl StoresServerSessions for EverySession {
    fn put(&self, key: Vec<u8>, value: Vec<u8>) -> bool {
        let mut sessions = self.0.lock().unwrap();
        // the first is the one that is used
        sessions.len() < 16 && sessions.insert(key, value).is_none()
    }

    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.0.lock().unwrap().get(key).cloned()
    }

    fn take(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.get(key)
    }

    fn can_cache(&self) -> bool {
        true
    }
}

fn client_config(options: &Options) -> ClientConfig {
    let builder =
        ClientConfig::builder_with_protocol_versions(&[&rustls::version::TLS13]).with_root_certificates(roots(options));
    let mut config = builder.with_client_auth_cert(chain(options), key(options)).expect("an identity");
    config.enable_early_data = options.has("early-data");
    config.resumption = if options.has("resume") {
        Resumption::store(Arc::new(Tickets::default()))
    } else {
        Resumption::disabled()
    };
    config
}

/// Each is used once, the oldest first. What else a client remembers of a server would make other ClientHellos.
#[derive(Debug, Default)]
struct Tickets(Mutex<VecDeque<Tls13ClientSessionValue>>);

impl ClientSessionStore for Tickets {
    fn insert_tls13_ticket(&self, _name: ServerName<'static>, value: Tls13ClientSessionValue) {
        self.0.lock().unwrap().push_back(value);
    }

    fn take_tls13_ticket(&self, _name: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.0.lock().unwrap().pop_front()
    }

    fn set_kx_hint(&self, _name: ServerName<'static>, _group: NamedGroup) {}

    fn kx_hint(&self, _name: &ServerName<'_>) -> Option<NamedGroup> {
        None
    }

    fn set_tls12_session(&self, _name: ServerName<'static>, _value: Tls12ClientSessionValue) {}

    fn tls12_session(&self, _name: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        None
    }

    fn remove_tls12_session(&self, _name: &ServerName<'static>) {}
}

fn roots(options: &Options) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    for der in CertificateDer::pem_slice_iter(&options.file("ca")).flatten() {
        roots.add(der).expect("a root");
    }
    roots
}

fn chain(options: &Options) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(&options.file("cert")).flatten().collect()
}

fn key(options: &Options) -> PrivateKeyDer<'static> {
    PrivateKeyDer::from_pem_slice(&options.file("key")).expect("a key")
}
