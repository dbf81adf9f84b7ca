use std::net::TcpListener;
use std::sync::Arc;

use peer_common::{emit, Options, Report};
use rustls::server::{ServerSessionMemoryCache, WebPkiClientVerifier};
use rustls::{ServerConfig, ServerConnection};
use serde_json::json;

use crate::connection::{run, Rustls};
use crate::credentials::{identities, trust_anchors, BySni};
use crate::provider::{provider, versions};

pub fn serve(options: Options) -> Result<(), String> {
    let config = Arc::new(config(&options)?);
    let listener = TcpListener::bind(options.address()).map_err(|error| error.to_string())?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    emit(json!({ "event": "listening", "port": address.port() }));
    let options = Arc::new(options);
    for (index, stream) in listener.incoming().enumerate() {
        let (options, config) = (options.clone(), config.clone());
        let stream = stream.map_err(|error| error.to_string())?;
        std::thread::spawn(move || {
            let report = Report { connection: index + 1 };
            match ServerConnection::new(config) {
                Ok(connection) => run(Rustls::new(connection.into(), stream, &options), &options, &report),
                Err(error) => report.failed(&error.to_string(), None),
            }
        });
    }
    Ok(())
}

fn config(options: &Options) -> Result<ServerConfig, String> {
    let provider = provider(options)?;
    let resolver = Arc::new(BySni(identities(options, &provider)?));
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(versions(options))
        .map_err(|error| error.to_string())?;
    let builder = if options.client_auth == "none" {
        builder.with_no_client_auth()
    } else {
        let verifier = WebPkiClientVerifier::builder_with_provider(trust_anchors(options)?, provider);
        let verifier = if options.client_auth == "optional" { verifier.allow_unauthenticated() } else { verifier };
        builder.with_client_cert_verifier(verifier.build().map_err(|error| error.to_string())?)
    };
    let mut config = builder.with_cert_resolver(resolver);
    config.alpn_protocols = options.alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    // early data needs sessions that the server keeps
    config.session_storage = ServerSessionMemoryCache::new(256);
    config.max_early_data_size = options.early_data as u32;
    config.max_fragment_size = options.records.as_deref().filter(|records| *records == "small").map(|_| 128);
    Ok(config)
}
