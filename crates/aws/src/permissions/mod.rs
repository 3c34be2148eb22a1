//! The permissions that tighten itself takes in an account.
//!
//! ```
//! use tighten_aws::{Preset, Scope, permissions};
//! let scope = Scope { buckets: vec!["logs".to_owned()], ..Scope::default() };
//! let granted = permissions::granted(&[Preset::S3], &scope)?;
//! assert_eq!(granted.len(), 2);
//! let document = permissions::document(&granted);
//! assert_eq!(document.statements[0].resource.entries()[0].as_str(), "arn:aws:s3:::logs");
//! # Ok::<(), tighten_iam::ResourceError>(())
//! ```

pub(crate) mod calls;
pub mod role;
mod scope;
mod table;
#[cfg(test)]
mod tests;

use tighten_iam::{ActionPattern, Conditions, PolicyDocument, ResourceError, ResourcePattern, Statement, legal_sid};

pub use scope::Scope;

use crate::error::AwsCall;
use crate::preset::Preset;
use table::TABLE;

/// A permission: what is called, on what, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// What is called, and the action that this takes.
    pub call: AwsCall,
    /// Why.
    pub why: &'static str,
    /// On what.
    pub resources: Vec<ResourcePattern>,
    /// What has to hold besides.
    pub conditions: Conditions,
}

impl Granted {
    /// The service that the action belongs to, as IAM writes it: `s3`.
    pub fn service(&self) -> &'static str {
        service(self.call.action)
    }
}

/// What these parts of tighten take. `kms:Decrypt` is in it if the scope has a key.
pub fn granted(presets: &[Preset], scope: &Scope) -> Result<Vec<Granted>, ResourceError> {
    let mut all = Vec::new();
    for permission in TABLE {
        if !presets.iter().any(|preset| preset.covers(permission.call.preset)) {
            continue;
        }
        let resources = scope.resources(permission.target)?;
        if !resources.is_empty() {
            let conditions = scope.conditions(permission.target);
            all.push(Granted { call: permission.call, why: permission.why, resources, conditions });
        }
    }
    Ok(all)
}

/// The services that the table is about, in its order.
pub fn services() -> Vec<&'static str> {
    let mut services: Vec<&'static str> = Vec::new();
    for permission in TABLE {
        let service = service(permission.call.action);
        if !services.contains(&service) {
            services.push(service);
        }
    }
    services
}

/// The policy that grants it, one statement for what is granted alike.
pub fn document(granted: &[Granted]) -> PolicyDocument {
    let mut groups: Vec<(&Granted, Vec<ActionPattern>)> = Vec::new();
    for one in granted {
        let Ok(action) = one.call.action.parse::<ActionPattern>() else { continue };
        let alike = |(first, _): &&mut (&Granted, _)| {
            (first.service(), first.call.preset) == (one.service(), one.call.preset)
                && first.resources == one.resources
                && first.conditions == one.conditions
        };
        match groups.iter_mut().find(alike) {
            Some((_, actions)) if actions.contains(&action) => {}
            Some((_, actions)) => actions.push(action),
            None => groups.push((one, vec![action])),
        }
    }
    let statement = |(first, actions): (&Granted, Vec<ActionPattern>)| {
        // No operation is in two statements, so none of them has the name of another.
        let sid = legal_sid(first.call.operation);
        Statement::allow(actions, first.resources.iter().cloned())
            .with_sid(sid)
            .with_conditions(first.conditions.clone())
    };
    PolicyDocument::new(groups.into_iter().map(statement))
}

fn service(action: &'static str) -> &'static str {
    action.split(':').next().unwrap_or(action)
}
