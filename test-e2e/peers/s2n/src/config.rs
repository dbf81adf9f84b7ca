use std::time::SystemTime;

use peer_common::{Options, Role};
use s2n_tls::callbacks::{SessionTicket, SessionTicketCallback, VerifyHostNameCallback};
use s2n_tls::cert_chain;
use s2n_tls::config::{Builder, Config};
use s2n_tls::connection::Connection;
use s2n_tls::enums::ClientAuthType;
use s2n_tls::error::Error;
use s2n_tls::security::Policy;

use crate::Tickets;

pub fn build(options: &Options, tickets: &Tickets) -> Result<Config, Error> {
    let mut builder = Builder::new();
    builder.with_system_certs(false)?;
    builder.set_security_policy(&Policy::from_version(policy(options))?)?;
    builder.set_max_blinding_delay(1)?;
    builder.set_application_protocol_preference(&options.alpn)?;
    for (certificate, key) in &options.identities {
        let mut chain = cert_chain::Builder::new()?;
        chain.load_pem(&read(certificate), &read(key))?;
        builder.load_chain(chain.build()?)?;
    }
    if let Some(trust) = &options.trust {
        builder.trust_pem(&read(trust))?;
    }
    if options.buffered_sends {
        // more than one record: what is sent waits for the rest or for a flush
        builder.set_send_buffer_size(50_000)?;
    }
    match options.role {
        Role::Server => {
            builder.set_client_auth_type(match options.client_auth.as_str() {
                "required" => ClientAuthType::Required,
                "optional" => ClientAuthType::Optional,
                _ => ClientAuthType::None,
            })?;
            if options.client_auth != "none" {
                builder.set_verify_host_callback(AnyName)?;
            }
            // sessions and external PSKs cannot be mixed
            if options.psks.is_empty() {
                builder.add_session_ticket_key(b"webtls peer", &[7; 32], SystemTime::now())?;
            }
        }
        Role::Client => {
            if !options.identities.is_empty() {
                builder.set_client_auth_type(ClientAuthType::Optional)?;
            }
            if options.server_name.is_none() {
                builder.set_verify_host_callback(AnyName)?;
            }
            if options.resume {
                builder.enable_session_tickets(true)?;
                builder.set_session_ticket_callback(Keep(tickets.clone()))?;
            }
        }
    }
    builder.build()
}

/// 20240417 shares x25519 and has every suite; the one for TLS 1.2 is the newest that stops there.
fn policy(options: &Options) -> &str {
    match &options.policy {
        Some(policy) => policy,
        None if options.tls12 => "ELBSecurityPolicy-TLS-1-2-2017-01",
        None => "20240417",
    }
}

fn read(path: &str) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| {
        eprintln!("{path}: {error}");
        std::process::exit(2)
    })
}

struct AnyName;

impl VerifyHostNameCallback for AnyName {
    fn verify_host_name(&self, _name: &str) -> bool {
        true
    }
}

struct Keep(Tickets);

impl SessionTicketCallback for Keep {
    fn on_session_ticket(&self, _connection: &mut Connection, ticket: &SessionTicket) {
        let Ok(length) = ticket.len() else { return };
        let mut data = vec![0; length];
        if ticket.data(&mut data).is_ok() {
            *self.0.lock().unwrap() = Some(data);
        }
    }
}
