//! Which resources an action of a call was about.
//!
//! The sources are asked in a fixed order, surest first: the record's `resources`, ARNs among the parameters, EC2-style
//! ids, the ARN formats of the action's resource types filled from named parameters, the caller itself, the error
//! message, and last the type alone.

use std::collections::BTreeMap;

use tighten_catalog::{AccessLevel, Action, Decode, IdPrefix, Param, Rules};
use tighten_iam::{Arn, escape_literal};

use crate::call::NamedResource;
use crate::facts::{Facts, Request};
use crate::format::{Format, Place};
use crate::need::Certainty;
use crate::parameters::{Leaf, normalise};
use crate::types::{Candidate, Type, Types};
use crate::values::{Home, Lookup, Values, decode, is_assigned, is_hidden, percent_decode, secret, stem};

/// The resources of one action, as pattern texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resolved {
    pub(crate) patterns: Vec<String>,
    pub(crate) certainty: Certainty,
    pub(crate) rule: String,
    pub(crate) path_unknown: bool,
}

impl Resolved {
    pub(crate) fn exact(patterns: Vec<String>, rule: impl Into<String>) -> Self {
        Self { patterns, certainty: Certainty::Exact, rule: rule.into(), path_unknown: false }
    }

    /// Whether a pattern stands for all resources or all of a type.
    fn is_wide(&self) -> bool {
        self.patterns.iter().any(|pattern| pattern == "*") || matches!(self.rule.as_str(), "type" | "created" | "list")
    }

    pub(crate) fn unresolved() -> Self {
        Self {
            patterns: vec!["*".to_owned()],
            certainty: Certainty::Unresolved,
            rule: "unresolved".to_owned(),
            path_unknown: false,
        }
    }
}

/// A pattern, the type it is of, and how it was found.
#[derive(Debug)]
struct Found<'t> {
    kind: &'t Type,
    pattern: String,
    rule: String,
    certainty: Certainty,
    path_unknown: bool,
}

/// Finds the resources of actions of one service.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resolver<'m> {
    pub(crate) prefix: &'m str,
    pub(crate) rules: &'m Rules,
    pub(crate) types: &'m Types,
}

impl<'m> Resolver<'m> {
    /// The resources of `action`; `only` names the types that a rule allows, none meaning all of the action's.
    pub(crate) fn resolve(&self, facts: &Facts<'_>, action: &Action, only: &[&str]) -> Resolved {
        if !action.supports_resources() && only.is_empty() {
            return Resolved::exact(vec!["*".to_owned()], "no-resource-support");
        }
        let picked: Vec<&str> = match self.rules.pick(self.prefix, facts.operation) {
            Some(types) if only.is_empty() => types.iter().map(String::as_str).collect(),
            _ => only.to_vec(),
        };
        let candidates = self.types.candidates(action, &picked, facts.operation);
        if let Some(own) = self.caller(facts, &candidates) {
            return own;
        }
        let mut found = self.logged(facts, &candidates);
        self.keep_own(facts, &mut found);
        add(&mut found, self.arn_parameters(facts, &candidates));
        add(&mut found, self.ids(facts, &candidates));
        let open: Vec<Candidate<'_>> =
            candidates.iter().filter(|one| found.iter().all(|have| have.kind.name != one.kind.name)).copied().collect();
        let filled = self.filled(facts, &candidates, &open, found.is_empty());
        let mixed: Vec<Candidate<'_>> =
            candidates.iter().filter(|one| self.is_list_of_both(facts, one.kind)).copied().collect();
        let beside = self.filled(facts, &candidates, &mixed, false);
        add(&mut found, filled);
        for one in beside {
            if found.iter().all(|have| have.pattern != one.pattern) {
                found.push(one);
            }
        }
        self.add_created(facts, &candidates, &mut found);
        if found.is_empty() {
            return self.fallback(facts, action, &candidates, !picked.is_empty());
        }
        for one in &mut found {
            if let Some(ending) = self.rules.ending(self.prefix, action.name, one.kind.name)
                && !one.pattern.ends_with(ending)
            {
                one.pattern.push_str(ending);
            }
        }
        merge(found)
    }

    /// Whether one list holds ARNs of the type and names beside them.
    fn is_list_of_both(&self, facts: &Facts<'_>, kind: &Type) -> bool {
        let leaves = facts.parameters.leaves();
        let is_own = |arn: &Arn| self.types.recognise(arn).iter().any(|(own, _)| own.name == kind.name);
        let named = |leaf: &&Leaf| arn(&leaf.text).is_some_and(|arn| is_own(&arn));
        let is_beside = |own: &Leaf, leaf: &Leaf| {
            leaf.key == own.key
                && leaf.full_name == own.full_name
                && arn(&leaf.text).is_none()
                && !is_hidden(&leaf.text)
        };
        leaves.iter().filter(named).any(|own| leaves.iter().any(|leaf| is_beside(own, leaf)))
    }

    /// The first of `kinds`, in the order of a rule's preference, that the call names exactly; else all of them.
    pub(crate) fn preferred(&self, facts: &Facts<'_>, action: &Action, kinds: &[String]) -> Resolved {
        let one = kinds.iter().map(|kind| self.resolve(facts, action, &[kind]));
        let named = |resolved: &Resolved| resolved.certainty == Certainty::Exact && !resolved.is_wide();
        one.into_iter().find(named).unwrap_or_else(|| {
            let all: Vec<&str> = kinds.iter().map(String::as_str).collect();
            self.resolve(facts, action, &all)
        })
    }

    /// The resource of a parameter that a rule names: an ARN, or the name of a resource of type `kind`.
    pub(crate) fn parameter(&self, facts: &Facts<'_>, param: &Param, kind: Option<&str>) -> Option<Resolved> {
        let kind = kind.and_then(|name| self.types.get(name));
        let texts = facts.parameters.at(&param.path);
        let visible = texts.iter().filter(|text| !is_hidden(text));
        let named: Vec<(String, bool)> =
            visible.flat_map(|text| self.named_in(facts, text, param.decode, kind)).collect();
        let path_unknown = named.iter().any(|(_, unknown)| *unknown);
        let patterns: Vec<String> = named.into_iter().map(|(pattern, _)| pattern).collect();
        let rule = format!("parameter:{}", param.path);
        (!patterns.is_empty()).then(|| Resolved { path_unknown, ..Resolved::exact(patterns, rule) })
    }

    /// The ARNs that one parameter's value stands for, each with whether a path may be missing.
    pub(crate) fn named_in(
        &self,
        facts: &Facts<'_>,
        text: &str,
        how: Decode,
        kind: Option<&Type>,
    ) -> Vec<(String, bool)> {
        let whole = |arn: &Arn| vec![(escape_literal(arn.as_str()).into_owned(), false)];
        let decoded = if how == Decode::Text { None } else { decode(how, text) };
        let arn = percent_decode(decoded.as_deref().unwrap_or(text)).parse::<Arn>().ok();
        let Some(kind) = kind else { return arn.as_ref().map_or_else(Vec::new, whole) };
        if let Some(arn) = &arn {
            let fits = self.types.recognise(arn).iter().any(|(fits, _)| fits.name == kind.name);
            return if fits { whole(arn) } else { Vec::new() };
        }
        let Some(format) = kind.formats.iter().find(|format| format.has_fixed_service()) else { return Vec::new() };
        let Some(own) = format.variables().last() else { return Vec::new() };
        let lookup = Lookup::new(self, facts, kind);
        let decoded = decoded.or_else(|| lookup.decode(own, text));
        if let Some(logged) = facts.resources.iter().find(|arn| {
            let of_kind = self.types.recognise(arn).iter().any(|(fits, _)| fits.name == kind.name);
            of_kind && decoded.as_ref().is_some_and(|value| arn.resource().ends_with(value.as_str()))
        }) {
            return whole(logged);
        }
        let Some(value) = decoded else { return Vec::new() };
        let path_unknown = lookup.has_unknown_path(own) && !value.contains('/');
        let mut account = String::new();
        let mut place = self.place(facts, Some(kind.name), &mut account);
        // Out of an ARN, the name is of the account and the region that the ARN says.
        let text = percent_decode(text);
        let whole = text.parse::<Arn>().ok().filter(|arn| Some(arn.service()) == format.service());
        if let Some(arn) = &whole {
            place = Place { account: arn.account(), region: arn.region(), owned_elsewhere: true, ..place };
        }
        let arns = format.fill(&place, |name| {
            if name == own { vec![value.clone()] } else { lookup.values(name).map_or_else(star, |found| found.texts) }
        });
        arns.into_iter().map(|arn| (arn, path_unknown)).collect()
    }

    /// Where a resource lives that the call gives by name: in the caller's account, unless a rule knows better.
    pub(crate) fn place<'f>(&self, facts: &'f Facts<'_>, kind: Option<&str>, account: &'f mut String) -> Place<'f> {
        let place = facts.place();
        for rule in self.rules.owners(self.prefix, kind) {
            if !crate::action::applies(&rule.when, &[], &facts.parameters) {
                continue;
            }
            let texts = rule.params.iter().filter_map(|param| {
                let texts = facts.parameters.at(&param.path);
                texts.into_iter().find_map(|text| decode(param.decode, &text))
            });
            if let Some(owner) = rule.account.clone().or_else(|| texts.into_iter().next()) {
                *account = owner;
                return Place { account, owned_elsewhere: true, ..place };
            }
        }
        place
    }

    /// The wildcard of a type, for resources that a call is about to create.
    pub(crate) fn any_of_type(&self, facts: &Facts<'_>, kind: &str) -> Vec<String> {
        let mut account = String::new();
        let formats = self.types.get(kind).map_or(&[][..], |kind| kind.formats.as_slice());
        formats
            .iter()
            .filter(|format| format.has_fixed_service())
            .flat_map(|format| format.fill(&self.place(facts, Some(kind), &mut account), |_| star()))
            .collect()
    }

    fn caller(&self, facts: &Facts<'_>, candidates: &[Candidate<'_>]) -> Option<Resolved> {
        let rule = self.rules.self_call(self.prefix, facts.operation)?;
        // A request that is not shown may have named another.
        if !facts.tells_all() && !rule.unless.is_empty() {
            return None;
        }
        let named = rule.unless.iter().any(|predicate| crate::action::holds(predicate, &facts.parameters));
        let principal = facts.call.principal?;
        let fits = self.types.recognise(principal.arn());
        let takes = candidates
            .iter()
            .any(|one| one.kind.name == rule.resource_type && fits.iter().any(|(kind, _)| kind.name == one.kind.name));
        (!named && takes)
            .then(|| Resolved::exact(vec![escape_literal(principal.arn().as_str()).into_owned()], "caller"))
    }

    fn logged<'t>(&'t self, facts: &Facts<'_>, candidates: &[Candidate<'t>]) -> Vec<Found<'t>> {
        let arns = facts.resources.iter().map(|arn| (arn.clone(), "resources".to_owned()));
        self.named_by(facts, arns, candidates, facts.creates())
    }

    fn arn_parameters<'t>(&'t self, facts: &Facts<'_>, candidates: &[Candidate<'t>]) -> Vec<Found<'t>> {
        let arns: Vec<_> = facts.parameters.leaves().iter().filter_map(|leaf| Some((arn(&leaf.text)?, leaf))).collect();
        // An ARN deep inside is what the resource refers to, where the request names the resource itself.
        let named = |kind: &Type| {
            let lookup = Lookup::new(self, facts, kind).also_generic(candidates.len() == 1);
            let fixed = kind.formats.iter().filter(|format| format.has_fixed_service());
            fixed
                .filter_map(|format| fill(facts, &lookup, kind, format))
                .any(|(_, found)| found.iter().all(|one| one.certainty == Certainty::Exact))
        };
        // A bare name on top is that of what the call is about, not of another type that goes by a name as well.
        let may_be_on_top = |one: &&Candidate<'_>| {
            one.named || candidates.len() == 1 || Lookup::new(self, facts, one.kind).own_is_specific()
        };
        let inner: Vec<&str> = if arns.iter().any(|(_, leaf)| leaf.depth > 1) {
            let on_top = candidates.iter().filter(may_be_on_top).map(|one| one.kind);
            on_top.filter(|kind| named(kind)).map(|kind| kind.name).collect()
        } else {
            Vec::new()
        };
        let outer: Vec<Candidate<'t>> =
            candidates.iter().filter(|one| !inner.contains(&one.kind.name)).copied().collect();
        let tell = |(arn, leaf): &(Arn, &Leaf)| (arn.clone(), format!("parameter:{}", leaf.key));
        let (top, deep): (Vec<_>, Vec<_>) = arns.iter().partition(|(_, leaf)| leaf.depth <= 1);
        let mut found = self.named_by(facts, top.into_iter().map(tell), candidates, false);
        found.extend(self.named_by(facts, deep.into_iter().map(tell), &outer, false));
        found
    }

    /// A copy logs its source beside its target. Where the parameters fill a type's format completely, and with some of
    /// what is logged, the rest is not this action's.
    fn keep_own(&self, facts: &Facts<'_>, found: &mut Vec<Found<'_>>) {
        let mut kinds: Vec<&Type> = found.iter().map(|one| one.kind).collect();
        kinds.sort_unstable_by_key(|kind| kind.name);
        kinds.dedup_by_key(|kind| kind.name);
        for kind in kinds {
            let logged: Vec<&str> =
                found.iter().filter(|one| one.kind.name == kind.name).map(|one| one.pattern.as_str()).collect();
            if logged.len() < 2 {
                continue;
            }
            let lookup = Lookup::new(self, facts, kind);
            let filled = kind.formats.iter().filter_map(|format| fill(facts, &lookup, kind, format));
            let own: Vec<String> =
                filled.filter(|(missing, _)| *missing == 0).flat_map(|(_, own)| own).map(|one| one.pattern).collect();
            if !own.is_empty() && own.iter().all(|pattern| logged.contains(&pattern.as_str())) {
                found.retain(|one| one.kind.name != kind.name || own.contains(&one.pattern));
            }
        }
    }

    /// An ARN as a pattern of its type.
    fn pattern(&self, facts: &Facts<'_>, kind: &Type, arn: &Arn) -> String {
        let format = kind.formats.iter().find(|format| format.recognise(arn).is_some());
        let text = format.map_or_else(|| arn.as_str().to_owned(), |format| format.canonical(arn));
        let own = format.and_then(|format| format.variables().last());
        if own.is_some_and(|own| Lookup::new(self, facts, kind).decodes(own) == Some(Decode::Secret)) {
            return secret(&text);
        }
        let ending = self.rules.ending(self.prefix, "", kind.name);
        let bare = ending.and_then(|ending| text.strip_suffix(ending)).unwrap_or(&text);
        escape_literal(bare).into_owned()
    }

    /// What of `arns` is of a candidate's type. With `new`, an ARN that ends in a name which the request did not hold
    /// was made by AWS during the call, and IAM could only ask for the type.
    fn named_by<'t>(
        &'t self,
        facts: &Facts<'_>,
        arns: impl Iterator<Item = (Arn, String)>,
        candidates: &[Candidate<'t>],
        new: bool,
    ) -> Vec<Found<'t>> {
        let mut found = Vec::new();
        for (arn, rule) in arns {
            for (kind, fit) in self.types.recognise(&arn) {
                let Some(candidate) = candidates.iter().find(|one| one.kind.name == kind.name) else { continue };
                let own = fit.variables.last().map_or("", |(_, value)| *value);
                let told = facts
                    .parameters
                    .leaves()
                    .iter()
                    .any(|leaf| own.contains(leaf.text.as_str()) || leaf.text.contains(own));
                let minted = new && facts.creates_kind(&candidate.kind.normal) && !told;
                let patterns =
                    if minted { self.any_of_type(facts, kind.name) } else { vec![self.pattern(facts, kind, &arn)] };
                let rule = if minted { "created".to_owned() } else { rule.clone() };
                found.extend(patterns.into_iter().map(|pattern| Found {
                    kind: candidate.kind,
                    pattern,
                    rule: rule.clone(),
                    certainty: Certainty::Exact,
                    path_unknown: false,
                }));
            }
        }
        found
    }

    /// Ids such as `vpc-0a1b…` tell their type by their beginning.
    fn ids<'t>(&'t self, facts: &Facts<'_>, candidates: &[Candidate<'t>]) -> Vec<Found<'t>> {
        let mut found = Vec::new();
        for leaf in facts.parameters.leaves() {
            let Some(rule) = self.id_type(&leaf.text) else { continue };
            let of_type = |one: &&Candidate<'t>| one.kind.name == rule.resource_type;
            let Some(candidate) = candidates.iter().find(of_type) else { continue };
            let of_service = |format: &&Format| format.service() == Some(rule.prefix.as_str());
            let Some(format) = candidate.kind.formats.iter().find(of_service) else { continue };
            let id = escape_literal(&leaf.text).into_owned();
            found.extend(format.fill(&facts.place(), |_| vec![id.clone()]).into_iter().map(|pattern| Found {
                kind: candidate.kind,
                pattern,
                rule: format!("id:{}", leaf.key),
                certainty: Certainty::Exact,
                path_unknown: false,
            }));
        }
        found
    }

    /// The type whose ids look like `text`.
    pub(crate) fn id_type(&self, text: &str) -> Option<&'m IdPrefix> {
        // Most texts end otherwise.
        if !text.as_bytes().last_chunk::<DIGITS>().is_some_and(|end| are_digits(end)) {
            return None;
        }
        self.rules.id_prefixes().iter().find(|rule| is_id(text, &rule.id))
    }

    /// Formats filled from parameters by name. A type that the action merely may take is filled only if all of its
    /// variables are found, under names of its own.
    fn filled<'t>(
        &self,
        facts: &Facts<'_>,
        all: &[Candidate<'t>],
        open: &[Candidate<'t>],
        nothing_else: bool,
    ) -> Vec<Found<'t>> {
        let any_named = all.iter().any(|one| one.named);
        let any_required = all.iter().any(|one| one.required);
        let mut found = Vec::new();
        let mut partial = Vec::new();
        for candidate in open {
            // No call names it but by its ARN.
            if self.rules.unnamed(self.prefix, candidate.kind.name) {
                if candidate.required || candidate.named {
                    found.extend(self.of_type(facts, candidate.kind, "unnamed", Certainty::Exact));
                }
                continue;
            }
            // AWS names what the call creates; a name among the parameters is a label.
            if facts.creates_kind(&candidate.kind.normal) && self.rules.minted(self.prefix, candidate.kind.name) {
                found.extend(self.of_type(facts, candidate.kind, "created", Certainty::Exact));
                continue;
            }
            let sure = candidate.named || all.len() == 1 || (candidate.required && (!any_named || self.all_of()));
            let sole = candidate.named || all.len() == 1 || (candidate.required && !any_named);
            let lookup =
                Lookup::new(self, facts, candidate.kind).also_generic(sole && nothing_else).also_logged(nothing_else);
            let mut best: Option<(usize, Vec<Found<'t>>)> = None;
            // Types of other services are taken only where the call must name one.
            let own_service = |format: &&Format| {
                format.has_fixed_service()
                    && (candidate.required || candidate.named || format.service() == Some(self.prefix))
            };
            for format in candidate.kind.formats.iter().filter(own_service) {
                let Some((missing, fills)) = fill(facts, &lookup, candidate.kind, format) else { continue };
                let acceptable = missing == 0 || sure || candidate.required;
                if acceptable && best.as_ref().is_none_or(|(fewest, _)| missing < *fewest) {
                    best = Some((missing, fills));
                }
            }
            let unasked = !candidate.required && !candidate.named && any_required && !lookup.own_is_specific();
            let Some((missing, fills)) = best.filter(|_| !unasked) else { continue };
            let exact = fills.iter().all(|one| one.certainty == Certainty::Exact);
            if missing == 0 || exact || candidate.required { found.extend(fills) } else { partial.extend(fills) }
        }
        // Of types that a call may name, one that it names leaves none to one that it half names.
        if found.is_empty() && nothing_else { partial } else { found }
    }

    /// EC2 and Glue ask for every required type of a call, each against its own resources; elsewhere several required types
    /// stand for one of them.
    fn all_of(&self) -> bool {
        matches!(self.prefix, "ec2" | "glue")
    }

    /// Required types that the call does not name: the only one there is; with EC2 also what the call creates, or any.
    fn add_created<'t>(&self, facts: &Facts<'_>, candidates: &[Candidate<'t>], found: &mut Vec<Found<'t>>) {
        for one in candidates.iter().filter(|one| self.all_of() && one.required && one.kind.is_only_one()) {
            if !found.is_empty() && found.iter().all(|have| have.kind.name != one.kind.name) {
                found.extend(self.of_type(facts, one.kind, "the-only-one", Certainty::Exact));
            }
        }
        if !self.all_of() || (found.is_empty() && facts.parameters.is_empty() && !facts.creates()) {
            return;
        }
        let creates = facts.creates();
        let open: Vec<Candidate<'t>> = candidates
            .iter()
            .filter(|one| one.required && found.iter().all(|have| have.kind.name != one.kind.name))
            .copied()
            .collect();
        for candidate in open {
            // A new version of something is made, not that thing itself.
            let is_there = candidate.named && !facts.creates_kind(&candidate.kind.normal);
            let minted = creates && !is_there && self.rules.minted(self.prefix, candidate.kind.name);
            if found.is_empty() && !minted && candidates.len() > 1 && !candidate.named {
                continue;
            }
            let certainty = if minted { Certainty::Exact } else { Certainty::ByType };
            let rule = if minted { "created" } else { "type" };
            found.extend(self.of_type(facts, candidate.kind, rule, certainty));
        }
    }

    fn of_type<'t>(&self, facts: &Facts<'_>, kind: &'t Type, rule: &str, certainty: Certainty) -> Vec<Found<'t>> {
        let patterns = self.any_of_type(facts, kind.name).into_iter();
        let rule = rule.to_owned();
        patterns.map(|pattern| Found { kind, pattern, rule: rule.clone(), certainty, path_unknown: false }).collect()
    }

    /// With `ruled`, a rule has chosen among the action's types.
    fn fallback(&self, facts: &Facts<'_>, action: &Action, candidates: &[Candidate<'_>], ruled: bool) -> Resolved {
        if let Some(said) = self.by_message(facts, candidates) {
            return said;
        }
        // The one type that a rule has left is the one that is meant.
        let only = ruled && candidates.len() == 1;
        let required: Vec<&Candidate<'_>> = candidates.iter().filter(|one| one.required || only).collect();
        let named: Vec<&Candidate<'_>> = candidates.iter().filter(|one| one.named).collect();
        let lists = action.access_level() == AccessLevel::List;
        let only_ones: Vec<&Candidate<'_>> = candidates.iter().filter(|one| one.kind.is_only_one()).collect();
        let settled = match (required.as_slice(), named.as_slice(), only_ones.as_slice()) {
            ([one], ..) | (_, [one], _) => *one,
            // Of several types that would each need a name, the one that needs none is meant.
            ([_, ..], _, [one]) if one.required => *one,
            // A listing that may name resources and does not is checked against all.
            ([], [], _) if lists && facts.tells_all() => {
                return Resolved::exact(vec!["*".to_owned()], "no-resource-named");
            }
            // What there is only one of needs no name; of several types, only if nothing may name another.
            ([], [], [one]) if candidates.len() == 1 || !may_name(facts, candidates) => *one,
            // All that the action takes is optional, and the request is empty, or nothing in it may name any of it.
            ([], [], _) if facts.request == Request::Empty => {
                return Resolved::exact(vec!["*".to_owned()], "no-resource-named");
            }
            ([], [], [])
                if !facts.parameters.is_empty() && !may_name(facts, candidates) && !makes(facts, candidates) =>
            {
                return Resolved::exact(vec!["*".to_owned()], "no-resource-named");
            }
            // An action that need not name a resource is checked against `*` when it does not; nothing narrower is safe.
            _ => return Resolved::unresolved(),
        };
        let mut patterns = self.any_of_type(facts, settled.kind.name);
        if patterns.is_empty() {
            return Resolved::unresolved();
        }
        // What there is only one of is asked for beside it.
        for one in required.iter().filter(|one| one.kind.is_only_one() && one.kind.name != settled.kind.name) {
            patterns.extend(self.any_of_type(facts, one.kind.name));
        }
        let creates = facts.creates_kind(&settled.kind.normal);
        // The caller could not have chosen an id that no parameter holds.
        let minted = creates && (self.rules.minted(self.prefix, settled.kind.name) || settled.kind.has_assigned_id());
        // A call that lists and names nothing but how many is checked against all resources of the type.
        let shows = lists || ["Describe", "List"].iter().any(|verb| facts.operation.starts_with(verb));
        let all = shows && facts.tells_all() && facts.parameters.names_nothing();
        let single = patterns.iter().all(|pattern| !pattern.contains('*'));
        match (single, minted, all) {
            (true, ..) => Resolved::exact(patterns, "the-only-one"),
            (_, true, _) => Resolved::exact(patterns, "created"),
            (_, _, true) => Resolved::exact(patterns, "list"),
            _ => {
                let rule = if creates { "created" } else { "type" };
                Resolved { certainty: Certainty::ByType, ..Resolved::exact(patterns, rule) }
            }
        }
    }

    /// What a message that names no action names as the resource.
    fn by_message(&self, facts: &Facts<'_>, candidates: &[Candidate<'_>]) -> Option<Resolved> {
        let named = facts.call.named.filter(|named| named.action.is_none())?;
        let NamedResource::Arn(text) = named.resource? else { return None };
        let arn: Arn = text.parse().ok()?;
        let fits = self.types.recognise(&arn);
        let takes = fits.iter().any(|(kind, _)| candidates.iter().any(|one| one.kind.name == kind.name));
        // A message may itself speak of `instance/*`; its wildcard is one.
        let pattern = if text.contains('*') { text.to_owned() } else { escape_literal(text).into_owned() };
        takes.then(|| Resolved::exact(vec![pattern], "message"))
    }
}

/// Whether the request holds something that may name a resource of one of these types.
fn may_name(facts: &Facts<'_>, candidates: &[Candidate<'_>]) -> bool {
    let words: Vec<&str> = candidates.iter().map(|one| one.kind.normal.as_str()).collect();
    facts.parameters.may_name(&words)
}

/// Whether the call may make a resource of one of these types.
fn makes(facts: &Facts<'_>, candidates: &[Candidate<'_>]) -> bool {
    candidates.iter().any(|one| facts.may_create(one.kind.name))
}

/// The ARN that a parameter's text is.
fn arn(text: &str) -> Option<Arn> {
    let looks = text.starts_with("arn:") || text.starts_with("arn%3A");
    looks.then(|| percent_decode(text).parse().ok()).flatten()
}

/// Whether `text` is `beginning` and then the hexadecimal digits that AWS puts there.
fn is_id(text: &str, beginning: &str) -> bool {
    let digits = text.strip_prefix(beginning).unwrap_or_default();
    digits.len() >= DIGITS && are_digits(digits.as_bytes())
}

/// How many digits an id has at least.
const DIGITS: usize = 8;

fn are_digits(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_hexdigit)
}

/// Adds what is of a type that has nothing yet: an earlier source is surer than a later one.
fn add<'t>(found: &mut Vec<Found<'t>>, more: Vec<Found<'t>>) {
    let have: Vec<&str> = found.iter().map(|one| one.kind.name).collect();
    let new: Vec<Found<'t>> = more.into_iter().filter(|one| !have.contains(&one.kind.name)).collect();
    found.extend(new);
}

fn star() -> Vec<String> {
    vec!["*".to_owned()]
}

/// A format filled from parameters, with the number of variables that nothing fills; `None` if nothing fills any.
fn fill<'t>(
    facts: &Facts<'_>,
    lookup: &Lookup<'_>,
    kind: &'t Type,
    format: &Format,
) -> Option<(usize, Vec<Found<'t>>)> {
    let variables: Vec<&str> = format.variables().collect();
    let mut values: Vec<_> = variables.iter().map(|name| lookup.values(name)).collect();
    no_doubles(&mut values);
    let known = values.iter().flatten().count();
    let told_any = values.iter().flatten().any(|value| !value.assumed);
    if known == 0 || (!told_any && known < values.len()) {
        return None;
    }
    let missing: Vec<&str> =
        variables.iter().zip(&values).filter(|(_, value)| value.is_none()).map(|(name, _)| *name).collect();
    let told: Vec<String> =
        variables.iter().zip(&values).filter(|(_, value)| value.is_some()).map(|(name, _)| stem(name)).collect();
    let own = variables.last().copied().unwrap_or_default();
    // The id of the resource tells it without what stands around the id.
    let by_id = is_assigned(&normalise(own)) && !missing.contains(&own);
    let creates = facts.creates_kind(&kind.normal);
    // A name without the id that AWS adds to it, and a parent without the id of what is being made, are all IAM knows.
    let as_narrow = |name: &&str| {
        if by_id || !is_assigned(&normalise(name)) {
            return by_id;
        }
        let (stem, kind) = (stem(name), &kind.normal);
        let (stem, generic) = if stem.is_empty() { (kind.clone(), true) } else { (stem, false) };
        let added = told.iter().any(|known| {
            let part =
                stem != *kind && (known.starts_with(&stem) || (known.starts_with(kind) && stem.starts_with(kind)));
            let counted = ["version", "number", "revision"].contains(&stem.as_str()) && kind.starts_with(known);
            *known == stem || known == kind || (known.is_empty() && generic) || part || counted
        });
        added || (creates && *name == own)
    };
    let certainty = if missing.iter().all(as_narrow) { Certainty::Exact } else { Certainty::ByType };
    let from = values.iter().rev().flatten().next().map_or("", |value| value.from.as_str());
    let rule = if missing.is_empty() { format!("parameter:{from}") } else { format!("partial:{from}") };
    let path_unknown = values.iter().flatten().any(|value| value.path_unknown);
    let mut account = String::new();
    let own_place = lookup.place(&mut account);
    // What an ARN in the request is a part of, or has as a part, lives where the ARN says; a bare name beside it does not.
    let placing = values.iter().rposition(|value| value.iter().any(|value| value.homes.iter().any(Option::is_some)));
    let mut by_home: BTreeMap<&Home, Vec<String>> = BTreeMap::new();
    for value in placing.and_then(|at| values.get(at)).into_iter().flatten() {
        for (text, home) in value.texts.iter().zip(&value.homes) {
            by_home.entry(home).or_default().push(text.clone());
        }
    }
    if by_home.is_empty() {
        by_home.insert(&None, Vec::new());
    }
    let mut arns = Vec::new();
    for (home, texts) in by_home {
        let place = match home {
            Some((account, region)) => Place { account, region, owned_elsewhere: true, ..own_place },
            None => own_place,
        };
        arns.extend(format.fill(&place, |name| {
            let at = variables.iter().position(|variable| *variable == name);
            if at.is_some() && at == placing {
                return texts.clone();
            }
            let value = at.and_then(|at| values.get(at)).and_then(Option::as_ref);
            value.map_or_else(star, |value| value.texts.clone())
        }));
    }
    let found = arns.into_iter().map(|pattern| Found { kind, pattern, rule: rule.clone(), certainty, path_unknown });
    Some((missing.len(), found.collect()))
}

/// One parameter is one value: where it would fill two variables of a format, the one of which it bears the name has it,
/// or neither.
fn no_doubles(values: &mut [Option<Values>]) {
    let same = |a: &Values, b: &Values| a.from == b.from && a.texts == b.texts;
    let contested: Vec<bool> = values
        .iter()
        .enumerate()
        .map(|(at, value)| {
            let Some(value) = value.as_ref().filter(|value| !value.sure) else { return false };
            values
                .iter()
                .enumerate()
                .any(|(other, have)| other != at && have.as_ref().is_some_and(|have| same(have, value)))
        })
        .collect();
    for (value, contested) in values.iter_mut().zip(contested) {
        if contested {
            *value = None;
        }
    }
}

fn merge(found: Vec<Found<'_>>) -> Resolved {
    let certainty = found.iter().map(|one| one.certainty).max().unwrap_or(Certainty::Unresolved);
    let path_unknown = found.iter().any(|one| one.path_unknown);
    let mut rules: Vec<&str> = Vec::new();
    for one in &found {
        if !rules.contains(&one.rule.as_str()) {
            rules.push(&one.rule);
        }
    }
    let rule = rules.join("+");
    let mut patterns: Vec<String> = Vec::new();
    for one in found {
        if !patterns.contains(&one.pattern) {
            patterns.push(one.pattern);
        }
    }
    Resolved { patterns, certainty, rule, path_unknown }
}
