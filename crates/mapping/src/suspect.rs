//! Roles in parameters of which no rule says whether they are handed to a service.
//!
//! A passed role that is missed makes `iam:PassRole` look unused, and narrowing would take it away. So each role that a call
//! names is suspected of being passed, unless a row says that it is not.

use std::collections::BTreeMap;

use tighten_catalog::{On, leads_to};
use tighten_iam::{ActionName, Arn, Principal, ResourcePattern, escape_literal};

use crate::action::Mapper;
use crate::facts::Facts;
use crate::need::{Certainty, Need};
use crate::parameters::normalise;
use crate::values::{is_hidden, percent_decode};

/// Endings of the names of members that hold the bare name of a role. Others, such as `role`, hold names of roles of quite
/// other kinds as well.
const NAMED: [&str; 5] = ["rolename", "iamrole", "servicerole", "executionrole", "rolearn"];

/// `iam:PassRole`, suspected, for every role in a parameter that no rule speaks of.
pub(crate) fn roles(mapper: &Mapper, prefix: &str, facts: &Facts<'_>, needs: &[Need]) -> Vec<Need> {
    if !facts.parameters.leaves().iter().any(|leaf| may_be_role(&leaf.name, &leaf.text)) {
        return Vec::new();
    }
    let mut suspected = Vec::new();
    for (place, text) in facts.parameters.places() {
        let member = normalise(place.rsplit('.').next().unwrap_or_default());
        if may_be_role(&member, text)
            && !is_hidden(text)
            && let Some((role, path_unknown)) = role(text, facts)
            && !is_ruled(mapper, prefix, facts, &place, text)
            && !is_subject(needs, &role)
        {
            suspected.extend(need(&role, path_unknown, &place));
        }
    }
    suspected
}

fn need(role: &str, path_unknown: bool, place: &str) -> Option<Need> {
    Some(Need {
        action: ActionName::new("iam", "PassRole").ok()?,
        resources: vec![role.parse::<ResourcePattern>().ok()?],
        context: BTreeMap::new(),
        certainty: Certainty::Exact,
        unsettled: Vec::new(),
        rule: format!("pass-role-suspected:{place}"),
        path_unknown,
        suspected: true,
    })
}

fn may_be_role(member: &str, text: &str) -> bool {
    if text.contains(':') || text.contains("%3A") {
        return text.contains("role/") || text.contains("role%2F");
    }
    NAMED.iter().any(|end| member.ends_with(end))
}

/// The pattern for the role, and whether its path is unknown. A role of another account cannot be passed: IAM asks for one
/// of the account that the call is made in.
fn role(text: &str, facts: &Facts<'_>) -> Option<(String, bool)> {
    let place = facts.place();
    let text = percent_decode(text);
    if let Ok(arn) = text.parse::<Arn>() {
        let own = facts.call.principal.map_or(place.account, Principal::account);
        let elsewhere = !own.is_empty() && arn.account() != own;
        let is_role = arn.service() == "iam" && arn.resource().starts_with("role/");
        let is_pattern = text.contains(['*', '?', '$']);
        return (is_role && !elsewhere && !is_pattern).then(|| (text.into_owned(), false));
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    let name = text.rsplit('/').next().unwrap_or_default();
    let is_name = (1..=64).contains(&name.len()) && name.chars().all(allowed);
    is_name.then(|| (format!("arn:{}:iam::{}:role/{}", place.partition, place.account, escape_literal(name)), true))
}

/// Whether a rule decides about the value at the place, be it that it is passed or that it is not.
fn is_ruled(mapper: &Mapper, prefix: &str, facts: &Facts<'_>, place: &str, text: &str) -> bool {
    let rules = mapper.catalog().rules();
    // A path that selects elements by another member leads to the place only if it leads to the value.
    let leads = |path: &str| leads_to(path, place) && facts.parameters.at(path).iter().any(|found| found == text);
    let passing = rules.pass_roles(prefix, facts.operation);
    if passing.iter().flat_map(|rule| &rule.params).any(|param| leads(&param.path)) {
        return true;
    }
    let call = rules.call(facts.call.event_source, facts.operation);
    let mut of_call = call.into_iter().flat_map(|call| &call.needs).filter_map(|need| match &need.on {
        Some(On::Param { params, .. }) => Some(params),
        _ => None,
    });
    of_call.any(|params| params.iter().any(|param| leads(&param.path)))
        || rules.not_passed(prefix, facts.operation, place).is_some()
}

/// Whether the role is what the call itself is about: it is the resource of another need.
fn is_subject(needs: &[Need], role: &str) -> bool {
    let others = needs.iter().filter(|need| need.action.name() != "PassRole" && !need.suspected);
    others.flat_map(|need| &need.resources).any(|resource| resource.as_str() == role)
}
