use std::path::PathBuf;

use serde_json::Value;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Authentication {
    Server,
    Mutual,
    Resumption,
}

/// What a connection is made of.
pub struct Case {
    /// IANA's names.
    pub suite: String,
    pub group: String,
    pub authentication: Authentication,
    /// Has `ca.pem`, and chain and key of server and client.
    certificates: PathBuf,
}

impl Case {
    pub fn from_command(command: &Value, folder: PathBuf) -> Self {
        let text = |name: &str| command[name].as_str().unwrap_or_else(|| panic!("{name} is missing"));
        Self {
            suite: text("suite").into(),
            group: text("group").into(),
            authentication: match text("authentication") {
                "server" => Authentication::Server,
                "mutual" => Authentication::Mutual,
                "resumption" => Authentication::Resumption,
                other => panic!("authentication cannot be {other}"),
            },
            certificates: folder.join(text("certificate")),
        }
    }

    pub fn pem(&self, name: &str) -> Vec<u8> {
        let path = self.certificates.join(format!("{name}.pem"));
        std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }
}
