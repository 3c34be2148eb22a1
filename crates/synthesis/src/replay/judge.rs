//! The documents of one principal, ready to judge permissions.

use std::collections::BTreeSet;

use tighten_iam::{ActionName, Context, PolicyDocument, Principal, Request, RequestResource, ResourcePattern};
use tighten_mapping::Certainty;

use super::caller::{CalledBy, VIA_SERVICE, called_via};
use super::candidates::Candidates;
use super::layers::{Caller, Layers};
use super::shown;
use super::verdict::{Doubt, Verdict};
use crate::paths::{Completed, EntityPaths};
use crate::used::ConditionKeys;

/// Documents to judge what a principal did, as if they were what is attached to it and nothing else were.
#[derive(Debug)]
pub struct Judge<'a> {
    /// The policies of the principal, or those that stand for them.
    documents: &'a [PolicyDocument],
    layers: Layers<'a>,
    principal: &'a Principal,
    paths: &'a EntityPaths,
    /// The keys that records show and the documents ask for.
    pub(super) shown: BTreeSet<&'static str>,
    /// The services that the documents name in chains of calls.
    called_via: BTreeSet<String>,
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
    /// Who made the call with the principal's permissions.
    pub called_by: CalledBy,
}

/// How many combinations of values are tried where it is not known which one a request carried.
const COMBINATIONS: usize = 64;

impl<'a> Judge<'a> {
    /// A judge for the principal. `paths` knows the IAM entities that are named in full somewhere.
    pub fn new(documents: &'a [PolicyDocument], principal: &'a Principal, paths: &'a EntityPaths) -> Self {
        let (shown, called_via) = (shown::asked_for(documents), called_via(documents));
        let layers = Layers::of_principal(documents);
        Self { documents, layers, principal, paths, shown, called_via }
    }

    /// A judge for the principal by documents of every kind. `path_known`: its ARN is the one that policies see.
    pub fn of(
        candidates: &'a Candidates,
        (principal, path_known): (&'a Principal, bool),
        paths: &'a EntityPaths,
    ) -> Self {
        let all = candidates.documents();
        let (shown, called_via) = (shown::asked_for(all), called_via(all));
        let layers = Layers::of(candidates, Caller { principal, path_known });
        Self { documents: &candidates.identity, layers, principal, paths, shown, called_via }
    }

    /// Whom the documents are judged for.
    pub fn principal(&self) -> &'a Principal {
        self.principal
    }

    /// The policies of the principal.
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
        let Some(contexts) = contexts(asked, &self.called_via) else {
            let keys = asked.context.iter().filter(|(_, values)| values.len() > 1);
            return Verdict::Depends { keys: keys.map(|(key, _)| key.to_ascii_lowercase()).collect() };
        };
        let verdicts = contexts.iter().map(|context| self.in_context(asked, resource, context)).collect();
        let open = |mut keys: BTreeSet<String>| {
            let several = asked.context.iter().filter(|(_, values)| values.len() > 1);
            keys.extend(several.map(|(key, _)| key.to_ascii_lowercase()));
            // Nothing else tells the contexts apart.
            if keys.is_empty() {
                keys.insert("aws:calledvia".to_owned());
            }
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
            Some(target) => self.layers.decide(request(target)),
            None => self.layers.on_pattern(request(RequestResource::Any), resource),
        }
    }
}

/// Every context that the request may have had, as far as documents can tell that name these services of chains; nothing
/// where there would be too many.
pub(crate) fn contexts(asked: &Asked, called_via: &BTreeSet<String>) -> Option<Vec<Context>> {
    let mut contexts = asked.called_by.contexts(called_via);
    // KMS is asked in the region of the key.
    let region = asked.resource.segments().map(|[_, _, service, region, ..]| (service, region));
    if let Some(("kms", region)) = region
        && asked.action.service() == "kms"
        && let Some(value) = asked.called_by.via_kms(region)
    {
        for context in &mut contexts {
            context.insert(VIA_SERVICE, [value.as_str()]);
        }
    }
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
    use Verdict::{Allowed, Depends, ExplicitDeny, ImplicitDeny, Partly, Withheld};
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
        (withheld @ Withheld { .. }, Withheld { .. }, _) => withheld,
        (
            ImplicitDeny | ExplicitDeny { .. } | Withheld { .. },
            ImplicitDeny | ExplicitDeny { .. } | Withheld { .. },
            _,
        ) => ImplicitDeny,
        (Partly { why: Doubt::ResourcePolicy }, Partly { why: Doubt::ResourcePolicy }, _) => {
            Partly { why: Doubt::ResourcePolicy }
        }
        (Partly { .. }, _, _) | (_, Partly { .. }, _) => Partly { why: Doubt::Entity },
    }
}
