//! rustls as both sides of the differential fuzzer.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, OnceLock};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection};
use webtls_fuzz_peers::{run, Options};

fn main() {
    run(serve, connect)
}

fn serve(options: &Options, mut stream: TcpStream) -> Result<(), String> {
    static CONFIG: OnceLock<Arc<ServerConfig>> = OnceLock::new();
    let config = CONFIG.get_or_init(|| Arc::new(server_config(options)));
    let mut connection = ServerConnection::new(config.clone()).map_err(|error| error.to_string())?;
    echo(&mut rustls::Stream::new(&mut connection, &mut stream))
}

fn connect(options: &Options, mut stream: TcpStream) -> Result<(), String> {
    static CONFIG: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    let config = CONFIG.get_or_init(|| Arc::new(client_config(options)));
    let name = ServerName::try_from("server.test").expect("a name");
    let mut connection = ClientConnection::new(config.clone(), name).map_err(|error| error.to_string())?;
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
    config.ticketer = rustls::crypto::aws_lc_rs::Ticketer::new().expect("a ticketer");
    config
}

fn client_config(options: &Options) -> ClientConfig {
    let builder =
        ClientConfig::builder_with_protocol_versions(&[&rustls::version::TLS13]).with_root_certificates(roots(options));
    let mut config = builder.with_client_auth_cert(chain(options), key(options)).expect("an identity");
    config.resumption = rustls::client::Resumption::disabled();
    config
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
