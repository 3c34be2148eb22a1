//! Why there is no way into the account.

use std::error::Error;
use std::io;
use std::path::PathBuf;

/// Why there is no way into the account.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The threads for requests cannot be started.
    #[error("cannot start the threads that make requests")]
    Threads(#[source] io::Error),
    /// The files of profiles cannot be read.
    #[error("cannot read the AWS profiles")]
    Profiles(#[source] Box<dyn Error + Send + Sync>),
    /// A profile is not there.
    #[error("there is no AWS profile `{name}`")]
    NoProfile {
        /// Its name.
        name: String,
        /// Those that are.
        known: Vec<String>,
    },
    /// A profile asks for something that is not there or makes no sense.
    #[error("the AWS profile `{profile}` cannot be used: {problem}")]
    Profile {
        /// Its name.
        profile: String,
        /// What is wrong with it.
        problem: String,
    },
    /// `AWS_CA_BUNDLE` names no certificates.
    #[error("cannot use the certificates in `{path}`, which `AWS_CA_BUNDLE` names: {problem}")]
    Bundle {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The certificates cannot be used.
    #[error("cannot use the certificates")]
    Tls(#[source] Box<dyn Error + Send + Sync>),
    /// Nobody has credentials.
    #[error("there are no AWS credentials")]
    NoCredentials,
    /// There are credentials, and getting them failed.
    #[error("cannot get AWS credentials from {place}")]
    Credentials {
        /// Where they should come from.
        place: String,
        /// Why not.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The role that was asked for cannot be assumed.
    #[error("cannot assume role `{arn}`: {problem}")]
    Role {
        /// The role.
        arn: String,
        /// What STS says.
        problem: String,
    },
    /// A device's code is needed, and nobody can be asked for it.
    #[error("the AWS profile `{profile}` needs the code of `{serial}`, and there is no terminal to ask for it")]
    NoCode {
        /// The profile.
        profile: String,
        /// The device.
        serial: String,
    },
}

impl ConnectError {
    /// The way out.
    pub fn tip(&self) -> String {
        match self {
            Self::Threads(_) | Self::Tls(_) => String::new(),
            Self::Profiles(_) => "profiles are in ~/.aws/config and ~/.aws/credentials, or where AWS_CONFIG_FILE and \
                                  AWS_SHARED_CREDENTIALS_FILE say"
                .to_owned(),
            Self::NoProfile { known, .. } if known.is_empty() => {
                "`aws configure --profile NAME` or `aws configure sso` makes one".to_owned()
            }
            Self::NoProfile { known, .. } => format!("known profiles: {}", known.join(", ")),
            Self::Profile { .. } => "it stands in ~/.aws/config or ~/.aws/credentials".to_owned(),
            Self::Bundle { .. } => "give it the path of a PEM file, or unset it".to_owned(),
            Self::NoCredentials => "set AWS_PROFILE or give `--profile NAME`, run `aws sso login`, or export \
                                    AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; where it runs in AWS, attach a role"
                .to_owned(),
            Self::Credentials { place, .. } if place.contains("SSO") || place.starts_with("profile") => {
                "if the profile is one of IAM Identity Center, `aws sso login --profile NAME` renews its session"
                    .to_owned()
            }
            Self::Credentials { .. } => {
                "`aws sts get-caller-identity` tells whether the AWS CLI has the same trouble".to_owned()
            }
            Self::Role { .. } => "it takes `sts:AssumeRole` on the role, and the role's trust policy has to name who assumes it; if \
                                  that demands an external id, give `--external-id`. Expired keys have to be exported anew"
                .to_owned(),
            Self::NoCode { .. } => "where nobody sits at a terminal, let `credential_process` in the profile supply \
                                    credentials, run it under aws-vault, or export the keys of a session"
                .to_owned(),
        }
    }
}
