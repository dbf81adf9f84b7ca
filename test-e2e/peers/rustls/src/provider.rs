use std::sync::Arc;

use peer_common::Options;
use rustls::crypto::{aws_lc_rs, CryptoProvider};
use rustls::{CipherSuite, NamedGroup, SupportedProtocolVersion};

/// AWS-LC, with the suites and groups that were asked for, in that order.
pub fn provider(options: &Options) -> Result<Arc<CryptoProvider>, String> {
    let mut provider = aws_lc_rs::default_provider();
    if !options.suites.is_empty() {
        provider.cipher_suites = pick(&options.suites, aws_lc_rs::ALL_CIPHER_SUITES, |suite| suite_name(suite.suite()))?;
    }
    if !options.groups.is_empty() {
        provider.kx_groups = pick(&options.groups, aws_lc_rs::ALL_KX_GROUPS, |group| group_name(group.name()))?;
    }
    Ok(Arc::new(provider))
}

pub fn versions(options: &Options) -> &'static [&'static SupportedProtocolVersion] {
    if options.tls12 {
        ONLY_TLS12
    } else {
        ONLY_TLS13
    }
}

static ONLY_TLS12: &[&SupportedProtocolVersion] = &[&rustls::version::TLS12];
static ONLY_TLS13: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13];

/// IANA's name.
pub fn suite_name(suite: CipherSuite) -> String {
    format!("{suite:?}").replace("TLS13_", "TLS_")
}

/// IANA's name: rustls writes some of them in another case.
pub fn group_name(group: NamedGroup) -> String {
    match group {
        NamedGroup::X25519 => "x25519".into(),
        NamedGroup::secp256r1MLKEM768 => "SecP256r1MLKEM768".into(),
        other => format!("{other:?}"),
    }
}

fn pick<T: Copy>(names: &[String], all: &[T], name_of: impl Fn(&T) -> String) -> Result<Vec<T>, String> {
    names
        .iter()
        .map(|name| all.iter().copied().find(|one| name_of(one) == *name).ok_or(format!("{name}: not in rustls")))
        .collect()
}
