//! Who acts.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::arn::{Arn, ArnError};
use crate::text::serde_as_text;

/// Who acted: a role, a user, an account's root, a federated user. Sessions of a role are the role.
///
/// Ordered by ARN, which is also what is displayed.
///
/// ```
/// use tighten_iam::{Principal, PrincipalKind};
/// let role = Principal::from_arn("arn:aws:iam::111122223333:role/ci/deploy")?;
/// assert_eq!((role.kind(), role.account(), role.path(), role.name()), (PrincipalKind::Role, "111122223333", "/ci/", "deploy"));
/// # Ok::<(), tighten_iam::PrincipalError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Principal {
    arn: Arn,
    kind: PrincipalKind,
}

/// What a principal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum PrincipalKind {
    /// A role, whoever assumed it.
    Role,
    /// A user.
    User,
    /// The root user of an account.
    Root,
    /// A federated user of `sts:GetFederationToken`.
    FederatedUser,
}

/// Why an ARN does not name a principal.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PrincipalError {
    /// It is not an ARN.
    #[error(transparent)]
    Arn(#[from] ArnError),
    /// It names a session. The role of a session is known only without its path, see [`Principal::role_of_session`].
    #[error("`{0}` is a session of a role, not a role")]
    Session(String),
    /// It names something else.
    #[error("`{0}` is not a role, user, root or federated user")]
    NotAPrincipal(String),
    /// Its account is missing or is not made of letters and digits.
    #[error("`{0}` does not name an account")]
    Account(String),
    /// Its name is missing or has characters that no name has.
    #[error("`{0}` does not have a well-formed name")]
    Name(String),
}

impl PrincipalKind {
    /// `role`, `user`, `root` or `federated-user`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::User => "user",
            Self::Root => "root",
            Self::FederatedUser => "federated-user",
        }
    }
}

impl fmt::Display for PrincipalKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Principal {
    /// Reads `arn:aws:iam::ACCOUNT:role/PATH/NAME`, `…:user/…`, `…:root` and
    /// `arn:aws:sts::ACCOUNT:federated-user/NAME`.
    pub fn from_arn(text: &str) -> Result<Self, PrincipalError> {
        let arn: Arn = text.parse()?;
        let (what, rest) = arn.resource().split_once('/').unwrap_or((arn.resource(), ""));
        let kind = match (arn.service(), what) {
            ("iam", "role") => PrincipalKind::Role,
            ("iam", "user") => PrincipalKind::User,
            ("iam", "root") if rest.is_empty() => PrincipalKind::Root,
            ("sts", "federated-user") => PrincipalKind::FederatedUser,
            ("sts", "assumed-role") => return Err(PrincipalError::Session(text.to_owned())),
            _ => return Err(PrincipalError::NotAPrincipal(text.to_owned())),
        };
        if arn.account().is_empty() || !arn.account().bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(PrincipalError::Account(text.to_owned()));
        }
        let nameless = kind != PrincipalKind::Root && (rest.is_empty() || rest.ends_with('/'));
        if nameless || rest.chars().any(char::is_control) {
            return Err(PrincipalError::Name(text.to_owned()));
        }
        Ok(Self { arn, kind })
    }

    /// The role at a path (`/` where it has none).
    pub fn role(partition: &str, account: &str, path: &str, name: &str) -> Result<Self, PrincipalError> {
        let path = path.trim_matches('/');
        let slash = if path.is_empty() { "" } else { "/" };
        Self::from_arn(&format!("arn:{partition}:iam::{account}:role/{path}{slash}{name}"))
    }

    /// The user at a path (`/` where it has none).
    pub fn user(partition: &str, account: &str, path: &str, name: &str) -> Result<Self, PrincipalError> {
        let path = path.trim_matches('/');
        let slash = if path.is_empty() { "" } else { "/" };
        Self::from_arn(&format!("arn:{partition}:iam::{account}:user/{path}{slash}{name}"))
    }

    /// The root user of an account.
    pub fn root(partition: &str, account: &str) -> Result<Self, PrincipalError> {
        Self::from_arn(&format!("arn:{partition}:iam::{account}:root"))
    }

    /// The role of `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION`, taken to have no path: a session's name does not
    /// tell it.
    pub fn role_of_session(session: &Arn) -> Result<Self, PrincipalError> {
        let not_a_session = || PrincipalError::NotAPrincipal(session.to_string());
        let name = match session.resource().split_once('/') {
            Some(("assumed-role", rest)) if session.service() == "sts" => {
                rest.split_once('/').ok_or_else(not_a_session)?.0
            }
            _ => return Err(not_a_session()),
        };
        Self::role(session.partition(), session.account(), "/", name)
    }

    /// The principal's own ARN.
    pub fn arn(&self) -> &Arn {
        &self.arn
    }

    /// The text of the ARN.
    pub fn as_str(&self) -> &str {
        self.arn.as_str()
    }

    /// What the principal is.
    pub fn kind(&self) -> PrincipalKind {
        self.kind
    }

    /// The partition, `aws`.
    pub fn partition(&self) -> &str {
        self.arn.partition()
    }

    /// The account.
    pub fn account(&self) -> &str {
        self.arn.account()
    }

    /// The name without its path; `root` for root.
    pub fn name(&self) -> &str {
        let resource = self.arn.resource();
        resource.rsplit_once('/').map_or(resource, |(_, name)| name)
    }

    /// The path with its slashes, `/` where there is none.
    pub fn path(&self) -> &str {
        let resource = self.arn.resource();
        match (resource.find('/'), resource.rfind('/')) {
            (Some(first), Some(last)) => resource.get(first..=last).unwrap_or("/"),
            _ => "/",
        }
    }

    /// Whether both are the same role or user, be it at another path: names are unique in an account and kind.
    pub fn is_same_entity(&self, other: &Self) -> bool {
        self.kind == other.kind && self.account() == other.account() && self.name() == other.name()
    }

    /// The permission set whose role this is: `Admin` for `AWSReservedSSO_Admin_0123456789abcdef`.
    pub fn permission_set(&self) -> Option<&str> {
        if self.kind != PrincipalKind::Role {
            return None;
        }
        let (set, hash) = self.name().strip_prefix("AWSReservedSSO_")?.rsplit_once('_')?;
        let is_hash = hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit());
        (is_hash && !set.is_empty()).then_some(set)
    }

    /// Whether the role belongs to a service and its policy cannot be changed. Known by its path, or by its name where
    /// the path is not known.
    pub fn is_service_linked_role(&self) -> bool {
        self.kind == PrincipalKind::Role
            && (self.path().starts_with("/aws-service-role/")
                || (self.path() == "/" && self.name().starts_with("AWSServiceRoleFor")))
    }

    /// Whether the role lies under `/service-role/`, where the console puts roles that it makes for a service.
    pub fn is_service_role(&self) -> bool {
        self.kind == PrincipalKind::Role && self.path().starts_with("/service-role/")
    }
}

impl FromStr for Principal {
    type Err = PrincipalError;

    fn from_str(text: &str) -> Result<Self, PrincipalError> {
        Self::from_arn(text)
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.arn, f)
    }
}

serde_as_text!(Principal);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_read_and_built() {
        let root = Principal::root("aws-cn", "111122223333").unwrap();
        assert_eq!(
            (root.to_string().as_str(), root.kind()),
            ("arn:aws-cn:iam::111122223333:root", PrincipalKind::Root)
        );
        assert_eq!((root.name(), root.path(), root.partition()), ("root", "/", "aws-cn"));
        let role = Principal::role("aws", "111122223333", "/a/b/", "deploy").unwrap();
        assert_eq!(role.as_str(), "arn:aws:iam::111122223333:role/a/b/deploy");
        assert_eq!(Principal::user("aws", "1", "/", "ann").unwrap().as_str(), "arn:aws:iam::1:user/ann");
        let federated = Principal::from_arn("arn:aws:sts::111122223333:federated-user/ann").unwrap();
        assert_eq!((federated.kind(), federated.name()), (PrincipalKind::FederatedUser, "ann"));
    }

    #[test]
    fn a_session_is_not_its_role() {
        let text = "arn:aws:sts::111122223333:assumed-role/deploy/run-7";
        assert_eq!(Principal::from_arn(text), Err(PrincipalError::Session(text.to_owned())));
        let role = Principal::role_of_session(&text.parse().unwrap()).unwrap();
        assert_eq!(role.as_str(), "arn:aws:iam::111122223333:role/deploy");
    }

    #[test]
    fn what_names_no_principal_is_refused() {
        for odd in [
            "role/x",
            "arn:aws:s3:::x",
            "arn:aws:iam::1:role",
            "arn:aws:iam::1:role/",
            "arn:aws:iam::1:role/a/",
            "arn:aws:iam:::role/x",
            "arn:aws:iam::../..:role/x",
            "arn:aws:iam::1:root/x",
            "arn:aws:iam::1:role/a\u{7}",
            "arn:aws:iam::1:group/x",
        ] {
            assert!(Principal::from_arn(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn roles_that_aws_makes_are_recognised() {
        let role = |rest: &str| Principal::from_arn(&format!("arn:aws:iam::111122223333:role/{rest}")).unwrap();
        let sso = role("aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Data_Admin_0123456789abcdef");
        assert_eq!(sso.permission_set(), Some("Data_Admin"));
        assert_eq!(role("AWSReservedSSO_Admin_nothex").permission_set(), None);
        assert!(role("aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS").is_service_linked_role());
        assert!(role("AWSServiceRoleForECS").is_service_linked_role());
        assert!(role("service-role/lambda").is_service_role() && !role("lambda").is_service_role());
    }
}
