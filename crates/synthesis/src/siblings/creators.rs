//! Which action creates resources of which types.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use tighten_catalog::{AccessLevel, Catalog, HandlerVerb, HandlerVerbs, Handlers};
use tighten_iam::ActionName;

/// How names of creating actions begin.
const VERBS: [&str; 13] = [
    "Create",
    "Put",
    "Register",
    "Publish",
    "Add",
    "Request",
    "Run",
    "Allocate",
    "Import",
    "Start",
    "Associate",
    "Attach",
    "Subscribe",
];

/// The types that each action creates.
#[derive(Debug)]
pub(super) struct Creators {
    by_action: BTreeMap<&'static ActionName, Vec<&'static str>>,
}

/// Worked out when something is first asked for.
pub(super) fn creators(catalog: &'static Catalog) -> &'static Creators {
    static CREATORS: OnceLock<Creators> = OnceLock::new();
    CREATORS.get_or_init(|| Creators::of(catalog))
}

impl Creators {
    /// The handlers of the types that an action creates.
    pub(super) fn created_by<'c>(
        &'c self,
        catalog: &'static Catalog,
        action: &ActionName,
    ) -> impl Iterator<Item = Handlers<'static>> + use<'c> {
        let types = self.by_action.get(action).map_or(&[][..], Vec::as_slice);
        types.iter().filter_map(move |kind| catalog.rules().handlers(kind))
    }

    fn of(catalog: &'static Catalog) -> Self {
        let mut by_action: BTreeMap<&'static ActionName, Vec<&'static str>> = BTreeMap::new();
        let mut unnamed = Vec::new();
        for handlers in catalog.rules().all_handlers() {
            let kind = handlers.resource_type();
            let named: Vec<_> =
                handlers.calls(HandlerVerb::Create).filter(|action| is_named_after(action, kind)).collect();
            if named.is_empty() {
                unnamed.push(handlers);
            }
            for action in named {
                by_action.entry(action).or_default().push(kind);
            }
        }
        // Of types that no action is named after, what only creating calls, unless it creates another type.
        for handlers in unnamed {
            let own = own_service(handlers);
            for (action, verbs) in handlers.actions() {
                let only = HandlerVerbs::default().with(HandlerVerb::Create);
                let writes = catalog.action(action).is_some_and(|known| known.access_level() >= AccessLevel::Write);
                let creates = VERBS.iter().any(|verb| action.name().starts_with(verb)) || action.name() == "POST";
                let is_other =
                    by_action.get(action).is_some_and(|kinds| kinds.iter().any(|kind| is_named_after(action, kind)));
                let creates_only = verbs == only || (action.name() == "POST" && verbs.contains(HandlerVerb::Create));
                if creates_only && writes && creates && Some(action.service()) == own && !is_other {
                    by_action.entry(action).or_default().push(handlers.resource_type());
                }
            }
        }
        Self { by_action }
    }
}

/// Whether the action is `Create`, `Put` … and the type's name.
fn is_named_after(action: &ActionName, kind: &str) -> bool {
    let thing = squeezed(kind.rsplit("::").next().unwrap_or_default());
    let name = squeezed(action.name());
    VERBS.iter().any(|verb| name.strip_prefix(&squeezed(verb)).is_some_and(|rest| rest == thing))
}

/// The service of which most actions are that create or delete resources of the type.
fn own_service(handlers: Handlers<'static>) -> Option<&'static str> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for action in handlers.calls(HandlerVerb::Delete).chain(handlers.calls(HandlerVerb::Create)) {
        *counts.entry(action.service()).or_default() += 1;
    }
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map(|(service, _)| service)
}

fn squeezed(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}
