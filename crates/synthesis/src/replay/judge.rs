//! The documents of one principal, ready to judge permissions.

use std::collections::BTreeSet;

use tighten_iam::{
    ActionName, Context, PolicyDocument, Principal, Request, RequestResource, ResourcePattern, evaluate,
};
use tighten_mapping::Certainty;

use super::pattern::{self, Split};
use super::shown;
use super::verdict::{Doubt, Verdict};
use crate::paths::{Completed, EntityPaths};
use crate::used::ConditionKeys;

/// Documents to judge what a principal did, as if they were what is attached to it and nothing else were.
#[derive(Debug)]
pub struct Judge<'a> {
    documents: &'a [PolicyDocument],
    principal: &'a Principal,
    paths: &'a EntityPaths,
    statements: Vec<Split<'a>>,
    /// The keys that records show and the documents ask for.
    pub(super) shown: BTreeSet<&'static str>,
}

/// One permission to be judged.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Asked {
    /// The action.
    pub action: ActionName,
    /// The resource; where it is a wildcard, one of those that it matches.
    pub resource: ResourcePattern,
    /// How surely the resource is known.
    pub certainty: Certainty,
    /// The resource names an IAM entity by its name alone.
    pub path_unknown: bool,
    /// What is known of the request's condition keys; of several values it carried one.
    pub context: ConditionKeys,
    /// A service made the call with the principal's permissions. `None` where that is not known.
    pub via_service: Option<bool>,
}

/// How many combinations of values are tried where it is not known which one a request carried.
const COMBINATIONS: usize = 64;

impl<'a> Judge<'a> {
    /// A judge for the principal. `paths` knows the IAM entities that are named in full somewhere.
    pub fn new(documents: &'a [PolicyDocument], principal: &'a Principal, paths: &'a EntityPaths) -> Self {
        let statements = Split::all(documents);
        Self { documents, principal, paths, statements, shown: shown::asked_for(documents) }
    }

    /// The documents.
    pub fn documents(&self) -> &'a [PolicyDocument] {
        self.documents
    }

    /// Judges one permission.
    pub fn judge(&self, asked: &Asked) -> Verdict {
        if !asked.path_unknown {
            return self.on(asked, &asked.resource);
        }
        match self.paths.complete(&asked.resource) {
            // An entity that was made anew at another path was one of them.
            Completed::Known(known) => {
                Verdict::one_entity_of(known.iter().map(|resource| self.on(asked, resource)).collect())
            }
            Completed::Guessed([bare, at_a_path]) => {
                with_or_without_path(self.on(asked, &bare), self.on(asked, &at_a_path))
            }
            Completed::Other => self.on(asked, &asked.resource),
        }
    }

    fn on(&self, asked: &Asked, resource: &ResourcePattern) -> Verdict {
        let Some(contexts) = contexts(asked) else {
            let keys = asked.context.iter().filter(|(_, values)| values.len() > 1);
            return Verdict::Depends { keys: keys.map(|(key, _)| key.to_ascii_lowercase()).collect() };
        };
        let verdicts = contexts.iter().map(|context| self.in_context(asked, resource, context)).collect();
        let open = |mut keys: BTreeSet<String>| {
            let several = asked.context.iter().filter(|(_, values)| values.len() > 1);
            keys.extend(several.map(|(key, _)| key.to_ascii_lowercase()));
            Verdict::Depends { keys }
        };
        Verdict::one_of(verdicts, open).unwrap_or(Verdict::ImplicitDeny)
    }

    fn in_context(&self, asked: &Asked, resource: &ResourcePattern, context: &Context) -> Verdict {
        let arn = resource.to_arn();
        let any = resource.is_any() && asked.certainty == Certainty::Exact;
        let target = match &arn {
            Some(arn) => Some(RequestResource::Arn(arn)),
            None => any.then_some(RequestResource::Any),
        };
        let request = |resource| Request { principal: Some(self.principal), action: &asked.action, resource, context };
        match target {
            Some(target) => evaluate(self.documents, &request(target)).into(),
            None => pattern::judge(&self.statements, request(RequestResource::Any), resource),
        }
    }
}

/// Every context that the request may have had; nothing where there would be too many.
pub(crate) fn contexts(asked: &Asked) -> Option<Vec<Context>> {
    let mut base = Context::open();
    match asked.via_service {
        // A direct call has none of these keys, which only forwarding services add.
        Some(false) => {
            base.insert("aws:ViaAWSService", ["false"]);
            for key in ["aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast", "kms:ViaService"] {
                base.insert::<String>(key, []);
            }
        }
        Some(true) => base.insert("aws:ViaAWSService", ["true"]),
        None => {}
    }
    let mut contexts = vec![base];
    for (key, values) in asked.context.iter().filter(|(_, values)| !values.is_empty()) {
        if contexts.len() * values.len() > COMBINATIONS {
            return None;
        }
        contexts = contexts
            .iter()
            .flat_map(|context| values.iter().map(|value| context.clone().with(key, [value.as_str()])))
            .collect();
    }
    Some(contexts)
}

/// The verdict on an entity whose path is not known: what allows the name at no path, or at any path, is taken to mean
/// it; what denies either of them leaves it open.
fn with_or_without_path(without: Verdict, with: Verdict) -> Verdict {
    use Verdict::{Allowed, Depends, ExplicitDeny, ImplicitDeny, Partly};
    let denied_by = |verdict: &Verdict| match verdict {
        ExplicitDeny { by } | Partly { why: Doubt::SomeDenied { by } } => Some(*by),
        _ => None,
    };
    let denied = denied_by(&without).or(denied_by(&with));
    match (without, with, denied) {
        (deny @ ExplicitDeny { .. }, ExplicitDeny { .. }, _) => deny,
        (_, _, Some(by)) => Partly { why: Doubt::SomeDenied { by } },
        (allowed @ Allowed { .. }, _, _) | (_, allowed @ Allowed { .. }, _) => allowed,
        (Depends { keys }, Depends { keys: more }, _) => Depends { keys: keys.into_iter().chain(more).collect() },
        (depends @ Depends { .. }, _, _) | (_, depends @ Depends { .. }, _) => depends,
        (ImplicitDeny | ExplicitDeny { .. }, ImplicitDeny | ExplicitDeny { .. }, _) => ImplicitDeny,
        (Partly { .. }, _, _) | (_, Partly { .. }, _) => Partly { why: Doubt::Entity },
    }
}
