//! API Gateway's control plane, whose permissions are HTTP verbs on paths.

use tighten_catalog::{Operation, Service};

use crate::action;
use crate::facts::Facts;
use crate::need::{Certainty, Need};
use crate::parameters::normalise;
use crate::resolve::Resolved;
use crate::values::decode;
use tighten_catalog::Decode;

/// The verb and path behind a call. Some names exist for REST and for HTTP APIs: the one whose path the call's
/// parameters fill best is meant.
pub(crate) fn need(service: &'static Service, facts: &Facts<'_>) -> Option<Need> {
    let named = service.operations.iter().filter(|operation| operation.name.eq_ignore_ascii_case(facts.operation));
    let filled = named.filter_map(|operation| fill(operation, facts));
    let (_, verb, path, complete) = filled.min_by_key(|(missing, ..)| *missing)?;
    let place = facts.place();
    let resolved = Resolved {
        certainty: if complete { Certainty::Exact } else { Certainty::ByType },
        ..Resolved::exact(vec![format!("arn:{}:apigateway:{}::{path}", place.partition, place.region)], "http-path")
    };
    action::need(service, service.action(verb)?, resolved, Vec::new())
}

fn fill(operation: &'static Operation, facts: &Facts<'_>) -> Option<(usize, &'static str, String, bool)> {
    let (verb, uri) = operation.http?;
    let uri = uri.split_once('?').map_or(uri, |(path, _)| path);
    // Policies name the paths of HTTP APIs without the version that their URIs begin with.
    let mut rest = uri.strip_prefix("/v2").unwrap_or(uri);
    let mut path = String::new();
    let mut missing = 0;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        path.push_str(before);
        let wanted = normalise(name);
        let leaf = facts.parameters.leaves().iter().filter(|leaf| leaf.name == wanted).min_by_key(|leaf| leaf.depth);
        match leaf.and_then(|leaf| decode(Decode::Text, &leaf.text)) {
            Some(value) if !value.contains('/') => path.push_str(&value),
            _ => {
                missing += 1;
                path.push('*');
            }
        }
        rest = after;
    }
    path.push_str(rest);
    Some((missing, verb, path, missing == 0))
}
