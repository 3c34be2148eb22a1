//! `userIdentity`: who made a call, in each of the shapes that CloudTrail writes.

use serde_json::{Map, Value, json};

use crate::Rng;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Role { arn: String, issuer: bool },
    User { arn: String },
    Root,
    Service { name: String },
    Account { principal_id: String },
    Nobody,
    IdentityCenter { user_id: String, store: String },
    WebIdentity { provider: String, user: String },
    Federated { issuer: String, name: String },
}

/// Who makes calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    kind: Kind,
    account: String,
    session: String,
    mfa: bool,
}

impl Caller {
    fn new(kind: Kind, account: &str) -> Self {
        Self { kind, account: account.to_owned(), session: "session".to_owned(), mfa: false }
    }

    /// A session of a role; the ARN is the role's own, with its path.
    pub fn role(arn: &str) -> Self {
        Self::new(Kind::Role { arn: arn.to_owned(), issuer: true }, account_of(arn))
    }

    /// A session of a role as some services record it: without the session issuer, so that the path is lost.
    pub fn role_without_issuer(arn: &str) -> Self {
        Self::new(Kind::Role { arn: arn.to_owned(), issuer: false }, account_of(arn))
    }

    /// An IAM user.
    pub fn user(arn: &str) -> Self {
        Self::new(Kind::User { arn: arn.to_owned() }, account_of(arn))
    }

    /// An account's root user.
    pub fn root(account: &str) -> Self {
        Self::new(Kind::Root, account)
    }

    /// An AWS service acting for itself, such as `cloudtrail.amazonaws.com`; the account is the one recorded in.
    pub fn service(name: &str, account: &str) -> Self {
        Self::new(Kind::Service { name: name.to_owned() }, account)
    }

    /// A principal of another account, as the resource owner's copy of a cross-account call shows it.
    pub fn other_account(account: &str, principal_id: &str) -> Self {
        Self::new(Kind::Account { principal_id: principal_id.to_owned() }, account)
    }

    /// A caller without credentials.
    pub fn anonymous() -> Self {
        Self::new(Kind::Account { principal_id: String::new() }, "anonymous")
    }

    /// No identity but an account, as in service events.
    pub fn nobody(account: &str) -> Self {
        Self::new(Kind::Nobody, account)
    }

    /// A user of IAM Identity Center, as the access portal's own calls show it.
    pub fn identity_center(account: &str, user_id: &str) -> Self {
        let store = format!("arn:aws:identitystore::{account}:identitystore/d-9067012345");
        Self::new(Kind::IdentityCenter { user_id: user_id.to_owned(), store }, account)
    }

    /// Somebody who trades a token of an identity provider for a role's credentials.
    pub fn web_identity(account: &str, provider: &str, user: &str) -> Self {
        Self::new(Kind::WebIdentity { provider: provider.to_owned(), user: user.to_owned() }, account)
    }

    /// A session made by `GetFederationToken`; the issuer is the IAM user that asked for it.
    pub fn federated(issuer: &str, name: &str) -> Self {
        Self::new(Kind::Federated { issuer: issuer.to_owned(), name: name.to_owned() }, account_of(issuer))
    }

    /// The same caller under another session name.
    #[must_use]
    pub fn session(mut self, name: &str) -> Self {
        name.clone_into(&mut self.session);
        self
    }

    /// The same caller, signed in with a second factor.
    #[must_use]
    pub fn with_mfa(mut self) -> Self {
        self.mfa = true;
        self
    }

    /// The account of the caller; `anonymous` without credentials.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// The ARN of the role, user or root that an identity policy could be attached to.
    pub fn principal(&self) -> Option<String> {
        match &self.kind {
            Kind::Role { arn, .. } | Kind::User { arn } => Some(arn.clone()),
            Kind::Root => Some(format!("arn:aws:iam::{}:root", self.account)),
            Kind::Federated { issuer, .. } => Some(issuer.clone()),
            _ => None,
        }
    }

    /// The ARN that an error message names.
    pub fn session_arn(&self) -> String {
        match &self.kind {
            Kind::Role { arn, .. } => {
                format!("arn:aws:sts::{}:assumed-role/{}/{}", self.account, name_of(arn), self.session)
            }
            Kind::Federated { name, .. } => format!("arn:aws:sts::{}:federated-user/{name}", self.account),
            _ => self.principal().unwrap_or_else(|| self.account.clone()),
        }
    }

    /// The service's name, if the caller is a service.
    pub(crate) fn as_service(&self) -> Option<&str> {
        match &self.kind {
            Kind::Service { name } => Some(name),
            _ => None,
        }
    }

    /// The unique id that IAM gave the role or user: the same for each session.
    pub fn unique_id(&self) -> String {
        let prefix = if matches!(self.kind, Kind::Role { .. }) { "AROA" } else { "AIDA" };
        let mut rng = Rng::labelled(0, &self.principal().unwrap_or_else(|| self.account.clone()));
        format!("{prefix}{}{}", rng.base32(13), rng.base32(4))
    }

    /// The identity as JSON; `via` is the service that called on the caller's behalf.
    pub(crate) fn to_json(&self, started: &str, access_key: &str, via: Option<&str>) -> Value {
        let mut identity = self.fields(started, access_key);
        if let Some(service) = via {
            identity.insert("invokedBy".to_owned(), json!(service));
        }
        Value::Object(identity)
    }

    fn fields(&self, started: &str, access_key: &str) -> Map<String, Value> {
        let account = &self.account;
        let attributes = json!({ "creationDate": started, "mfaAuthenticated": self.mfa.to_string() });
        let value = match &self.kind {
            Kind::Role { arn, issuer } => {
                let id = self.unique_id();
                let name = name_of(arn);
                let context = if *issuer {
                    json!({
                        "sessionIssuer": { "type": "Role", "principalId": id, "arn": arn, "accountId": account, "userName": name },
                        "attributes": attributes,
                    })
                } else {
                    json!({ "attributes": attributes })
                };
                json!({
                    "type": "AssumedRole", "principalId": format!("{id}:{}", self.session), "arn": self.session_arn(),
                    "accountId": account, "accessKeyId": format!("ASIA{access_key}"), "sessionContext": context,
                })
            }
            Kind::User { arn } => {
                let mut user = json!({
                    "type": "IAMUser", "principalId": self.unique_id(), "arn": arn, "accountId": account,
                    "accessKeyId": format!("{}{access_key}", if self.mfa { "ASIA" } else { "AKIA" }), "userName": name_of(arn),
                });
                if let (true, Some(fields)) = (self.mfa, user.as_object_mut()) {
                    fields.insert("sessionContext".to_owned(), json!({ "attributes": attributes }));
                }
                user
            }
            Kind::Root => json!({
                "type": "Root", "principalId": account, "arn": format!("arn:aws:iam::{account}:root"), "accountId": account,
                "accessKeyId": format!("ASIA{access_key}"), "sessionContext": { "attributes": attributes },
            }),
            Kind::Service { name } => json!({ "type": "AWSService", "invokedBy": name }),
            Kind::Account { principal_id } => {
                json!({ "type": "AWSAccount", "principalId": principal_id, "accountId": account })
            }
            Kind::Nobody => json!({ "accountId": account, "invokedBy": "AWS Internal" }),
            Kind::IdentityCenter { user_id, store } => json!({
                "type": "IdentityCenterUser", "accountId": account,
                "onBehalfOf": { "userId": user_id, "identityStoreArn": store }, "credentialId": access_key.to_lowercase(),
            }),
            Kind::WebIdentity { provider, user } => json!({
                "type": "WebIdentityUser", "principalId": format!("{provider}:sts.amazonaws.com:{user}"), "userName": user,
                "identityProvider": provider,
            }),
            Kind::Federated { issuer, name } => json!({
                "type": "FederatedUser", "principalId": format!("{account}:{name}"), "arn": self.session_arn(),
                "accountId": account, "accessKeyId": format!("ASIA{access_key}"),
                "sessionContext": {
                    "sessionIssuer": { "type": "IAMUser", "principalId": self.unique_id(), "arn": issuer, "accountId": account, "userName": name_of(issuer) },
                    "attributes": attributes,
                },
            }),
        };
        match value {
            Value::Object(fields) => fields,
            _ => Map::new(),
        }
    }
}

fn account_of(arn: &str) -> &str {
    arn.split(':').nth(4).unwrap_or_default()
}

fn name_of(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_session_keeps_the_path_in_its_issuer_alone() {
        let caller = Caller::role("arn:aws:iam::111122223333:role/ci/deploy").session("run-1");
        let identity = caller.to_json("2026-05-01T00:00:00Z", "EXAMPLEKEY", None);
        assert_eq!(identity["arn"], "arn:aws:sts::111122223333:assumed-role/deploy/run-1");
        assert_eq!(identity["sessionContext"]["sessionIssuer"]["arn"], "arn:aws:iam::111122223333:role/ci/deploy");
        assert_eq!(identity["principalId"], format!("{}:run-1", caller.unique_id()));
        assert_eq!(caller.unique_id().len(), 21);
    }

    #[test]
    fn callers_without_a_principal_say_so() {
        assert_eq!(Caller::service("ec2.amazonaws.com", "111122223333").principal(), None);
        assert_eq!(Caller::identity_center("111122223333", "u").principal(), None);
        assert_eq!(
            Caller::federated("arn:aws:iam::111122223333:user/a", "b").principal().as_deref(),
            Some("arn:aws:iam::111122223333:user/a")
        );
    }
}
