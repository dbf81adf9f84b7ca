use std::io::{ErrorKind, Read, Write};
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::aws_lc_rs::{cipher_suite, default_provider, kx_group, Ticketer};
use rustls::crypto::{CryptoProvider, SupportedKxGroup};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::version::TLS13;
use rustls::{
    ClientConfig, ClientConnection, Connection, Error, HandshakeKind, RootCertStore, ServerConfig, ServerConnection,
    SupportedCipherSuite,
};

use crate::case::{Authentication, Case};
use crate::pair::{End, Stack};
use crate::wire::{wire, WireEnd};

pub struct Rustls {
    client: Arc<ClientConfig>,
    server: Arc<ServerConfig>,
}

impl Stack for Rustls {
    type End = RustlsEnd;

    fn new(case: &Case) -> Self {
        let provider =
            Arc::new(CryptoProvider { cipher_suites: vec![suite(case)], kx_groups: vec![group(case)], ..default_provider() });
        let client = client(case, provider.clone()).expect("a client's config");
        let server = server(case, provider).expect("a server's config");
        Self { client: Arc::new(client), server: Arc::new(server) }
    }

    fn connect(&self) -> (RustlsEnd, RustlsEnd) {
        let (near, far) = wire();
        let name = ServerName::try_from("localhost").expect("a name");
        let client = ClientConnection::new(self.client.clone(), name).expect("a client");
        let server = ServerConnection::new(self.server.clone()).expect("a server");
        (
            RustlsEnd { connection: client.into(), wire: near },
            RustlsEnd { connection: server.into(), wire: far },
        )
    }
}

fn client(case: &Case, provider: Arc<CryptoProvider>) -> Result<ClientConfig, Error> {
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])?
        .with_root_certificates(trust_anchors(case));
    let mut config = match case.authentication {
        Authentication::Mutual => builder.with_client_auth_cert(chain(case, "client-chain"), key(case, "client-key"))?,
        _ => builder.with_no_client_auth(),
    };
    if case.authentication != Authentication::Resumption {
        config.resumption = Resumption::disabled();
    }
    Ok(config)
}

fn server(case: &Case, provider: Arc<CryptoProvider>) -> Result<ServerConfig, Error> {
    let builder = ServerConfig::builder_with_provider(provider.clone()).with_protocol_versions(&[&TLS13])?;
    let builder = match case.authentication {
        Authentication::Mutual => builder.with_client_cert_verifier(
            WebPkiClientVerifier::builder_with_provider(Arc::new(trust_anchors(case)), provider)
                .build()
                .expect("a verifier"),
        ),
        _ => builder.with_no_client_auth(),
    };
    let mut config = builder.with_single_cert(chain(case, "server-chain"), key(case, "server-key"))?;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    if case.authentication == Authentication::Resumption {
        // as the others: the session is in the ticket, of which there is one
        config.ticketer = Ticketer::new()?;
        config.send_tls13_tickets = 1;
    } else {
        config.send_tls13_tickets = 0;
    }
    Ok(config)
}

pub struct RustlsEnd {
    connection: Connection,
    wire: WireEnd,
}

impl RustlsEnd {
    /// Sends what is to be sent and takes what has come.
    fn exchange(&mut self) {
        match self.connection.complete_io(&mut self.wire) {
            Err(error) if error.kind() != ErrorKind::WouldBlock => panic!("{error}"),
            _ => {}
        }
    }
}

impl End for RustlsEnd {
    fn handshake(&mut self) -> bool {
        self.exchange();
        !self.connection.is_handshaking()
    }

    fn send(&mut self, mut data: &[u8]) {
        while !data.is_empty() {
            let sent = self.connection.writer().write(data).expect("data is sent");
            data = &data[sent..];
            while self.connection.wants_write() {
                self.connection.write_tls(&mut self.wire).expect("memory takes all");
            }
        }
    }

    fn receive(&mut self, mut buffer: &mut [u8]) {
        while !buffer.is_empty() {
            match self.connection.reader().read(buffer) {
                Ok(received) => buffer = &mut buffer[received..],
                Err(_) => {
                    self.connection.read_tls(&mut self.wire).expect("all is there");
                    self.connection.process_new_packets().expect("data is received");
                }
            }
        }
    }

    fn is_resumed(&self) -> bool {
        self.connection.handshake_kind() == Some(HandshakeKind::Resumed)
    }

    fn check(&self, case: &Case) {
        let Connection::Server(server) = &self.connection else { return };
        assert_eq!(server.peer_certificates().is_some(), case.authentication == Authentication::Mutual);
    }

    fn shrink_wire(&self) {
        self.wire.shrink();
    }
}

fn suite(case: &Case) -> SupportedCipherSuite {
    match case.suite.as_str() {
        "TLS_AES_128_GCM_SHA256" => cipher_suite::TLS13_AES_128_GCM_SHA256,
        "TLS_AES_256_GCM_SHA384" => cipher_suite::TLS13_AES_256_GCM_SHA384,
        "TLS_CHACHA20_POLY1305_SHA256" => cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
        other => panic!("the suite {other} is unknown"),
    }
}

fn group(case: &Case) -> &'static dyn SupportedKxGroup {
    match case.group.as_str() {
        "x25519" => kx_group::X25519,
        "secp256r1" => kx_group::SECP256R1,
        "X25519MLKEM768" => kx_group::X25519MLKEM768,
        other => panic!("the group {other} is unknown"),
    }
}

fn trust_anchors(case: &Case) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    for certificate in chain(case, "ca") {
        roots.add(certificate).expect("a root");
    }
    roots
}

fn chain(case: &Case, name: &str) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(&case.pem(name)).collect::<Result<_, _>>().expect("certificates")
}

fn key(case: &Case, name: &str) -> PrivateKeyDer<'static> {
    PrivateKeyDer::from_pem_slice(&case.pem(name)).expect("a key")
}
