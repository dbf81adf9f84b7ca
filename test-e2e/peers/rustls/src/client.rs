use std::io::{BufRead, Write};
use std::net::TcpStream;
use std::sync::Arc;

use peer_common::{pattern_bytes, Options, Report};
use rustls::client::Resumption;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};

use crate::connection::{run, Rustls};
use crate::credentials::{identities, trust_anchors};
use crate::provider::{provider, versions};

pub fn dial_all(options: &Options) -> Result<(), String> {
    let config = Arc::new(config(options)?);
    let dial = |port: u16, number: usize| {
        let stream = TcpStream::connect(("127.0.0.1", port)).map_err(|error| error.to_string())?;
        dial(stream, options, &config, number)
    };
    if options.ports_from_stdin {
        for (index, line) in std::io::stdin().lock().lines().enumerate() {
            let port = line.map_err(|error| error.to_string())?;
            dial(port.trim().parse().map_err(|_| format!("{port} is no port"))?, index + 1)?;
        }
        return Ok(());
    }
    (1..=options.connections).try_for_each(|number| dial(options.port, number))
}

fn dial(stream: TcpStream, options: &Options, config: &Arc<ClientConfig>, number: usize) -> Result<(), String> {
    let report = Report { connection: number };
    let name = options.server_name.clone().unwrap_or("127.0.0.1".into());
    let name = ServerName::try_from(name).map_err(|error| error.to_string())?;
    let mut connection = ClientConnection::new(config.clone(), name).map_err(|error| error.to_string())?;
    if let Some(mut early) = connection.early_data() {
        early.write_all(&pattern_bytes(options.early_data)).map_err(|error| error.to_string())?;
    }
    run(Rustls::new(connection.into(), stream, options), options, &report);
    Ok(())
}

fn config(options: &Options) -> Result<ClientConfig, String> {
    let provider = provider(options)?;
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(versions(options))
        .map_err(|error| error.to_string())?
        .with_root_certificates(trust_anchors(options)?);
    let mut config = match identities(options, &provider)?.into_iter().next() {
        Some(identity) => builder.with_client_cert_resolver(Arc::new(rustls::sign::SingleCertAndKey::from(identity))),
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = options.alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    config.resumption = if options.resume { Resumption::in_memory_sessions(32) } else { Resumption::disabled() };
    config.enable_early_data = options.early_data > 0;
    config.max_fragment_size = options.records.as_deref().filter(|records| *records == "small").map(|_| 128);
    Ok(config)
}
