use std::sync::Arc;

use peer_common::Options;
use rustls::client::verify_server_name;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::RootCertStore;

pub fn identities(options: &Options, provider: &CryptoProvider) -> Result<Vec<Arc<CertifiedKey>>, String> {
    options
        .identities
        .iter()
        .map(|(chain, key)| {
            let key = PrivateKeyDer::from_pem_file(key).map_err(|error| format!("{key}: {error}"))?;
            CertifiedKey::from_der(certificates(chain)?, key, provider).map(Arc::new).map_err(|error| error.to_string())
        })
        .collect()
}

pub fn trust_anchors(options: &Options) -> Result<Arc<RootCertStore>, String> {
    let mut roots = RootCertStore::empty();
    if let Some(path) = &options.trust {
        // among them are kinds that rustls does not know
        roots.add_parsable_certificates(certificates(path)?);
    }
    Ok(Arc::new(roots))
}

/// By the name that the client asks for, else the first.
#[derive(Debug)]
pub struct BySni(pub Vec<Arc<CertifiedKey>>);

impl ResolvesServerCert for BySni {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let usable = || self.0.iter().filter(|identity| identity.key.choose_scheme(hello.signature_schemes()).is_some());
        let named = hello.server_name().and_then(|name| usable().find(|identity| is_for(identity, name)));
        named.or_else(|| usable().next()).cloned()
    }
}

fn is_for(identity: &CertifiedKey, name: &str) -> bool {
    let Ok(name) = ServerName::try_from(name) else { return false };
    let leaf = identity.end_entity_cert().and_then(ParsedCertificate::try_from);
    leaf.is_ok_and(|leaf| verify_server_name(&leaf, &name).is_ok())
}

fn certificates(path: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    CertificateDer::pem_file_iter(path)
        .and_then(|certificates| certificates.collect())
        .map_err(|error| format!("{path}: {error}"))
}
