//! What CloudFormation calls to make, change and delete the resources of a stack.

use std::collections::{BTreeMap, BTreeSet};

use tighten_catalog::{AccessLevel, Action, Catalog, HandlerScope, HandlerVerb, HandlerVerbs, Handlers, ResourceType};
use tighten_iam::{ActionName, ResourcePattern};

use crate::finding::TemplateFinding;
use crate::pass_role;
use crate::physical::{self, rules};
use crate::resolve::{Resolver, Values};
use crate::template::Resource;

/// What must hold, as in a statement: condition keys and the values that each may have.
pub type NeedCondition = BTreeMap<String, BTreeSet<String>>;

/// Permissions that a deployment takes, each with why.
pub type TemplateNeeds = BTreeMap<TemplateNeed, NeededFor>;

/// One permission that a deployment takes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TemplateNeed {
    /// The action.
    pub action: ActionName,
    /// On what.
    pub resource: ResourcePattern,
    /// Under which condition it is enough.
    pub condition: NeedCondition,
}

/// Why a permission is needed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NeededFor {
    /// What is done with the resources; none: the call is about the stack itself.
    pub verbs: HandlerVerbs,
    /// The resources of the template.
    pub logical_ids: BTreeSet<String>,
}

/// What the resources of one template need, by who needs it.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    /// What the handlers call.
    pub(crate) handlers: TemplateNeeds,
    /// What is needed once in an account.
    pub(crate) once: TemplateNeeds,
    pub(crate) findings: Vec<TemplateFinding>,
    unknown: BTreeMap<String, BTreeSet<String>>,
    open_names: BTreeMap<String, BTreeSet<String>>,
    left_out: BTreeMap<String, BTreeSet<String>>,
    by_type: BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)>,
}

/// Roles of services themselves, by the prefix of the service whose resources make AWS create them.
const LINKED_ROLES: [(&str, &str); 16] = [
    ("apigateway", "ops.apigateway.amazonaws.com"),
    ("application-autoscaling", "*.application-autoscaling.amazonaws.com"),
    ("autoscaling", "autoscaling.amazonaws.com"),
    ("batch", "batch.amazonaws.com"),
    ("dynamodb", "*.dynamodb.amazonaws.com"),
    ("ecs", "ecs.amazonaws.com"),
    ("eks", "*.amazonaws.com"),
    ("elasticache", "elasticache.amazonaws.com"),
    ("elasticfilesystem", "elasticfilesystem.amazonaws.com"),
    ("elasticloadbalancing", "elasticloadbalancing.amazonaws.com"),
    ("es", "*.amazonaws.com"),
    ("kafka", "kafka.amazonaws.com"),
    ("lambda", "*.lambda.amazonaws.com"),
    ("rds", "rds.amazonaws.com"),
    ("redshift", "redshift.amazonaws.com"),
    ("transitgateway", "transitgateway.amazonaws.com"),
];

/// Adds what a resource needs.
pub(crate) fn of_resource(resolver: &Resolver<'_>, resource: &Resource, collected: &mut Collected) {
    if resource.is_custom() {
        custom(resolver, resource, collected);
        return;
    }
    let Some(handlers) = rules().handlers(&resource.resource_type) else {
        let ids = collected.unknown.entry(resource.resource_type.clone()).or_default();
        ids.insert(resource.logical_id.clone());
        return;
    };
    let one = OneResource::new(resolver, resource, handlers);
    if physical::name_property(resource).is_some() && physical::names(resolver, resource).contains("*") {
        let ids = collected.open_names.entry(resource.resource_type.clone()).or_default();
        ids.insert(resource.logical_id.clone());
    }
    for (action, verbs) in handlers.actions() {
        match (action.service(), action.name()) {
            ("iam", "PassRole") => pass_role::of_resource(resolver, resource, verbs, collected),
            ("iam", "CreateServiceLinkedRole") => one.linked_role(action, verbs, collected),
            _ => one.action(action, verbs, collected),
        }
    }
}

/// A resource that somebody's own function or topic stands for.
fn custom(resolver: &Resolver<'_>, resource: &Resource, collected: &mut Collected) {
    let Some(handlers) = rules().handlers("AWS::CloudFormation::CustomResource") else { return };
    let tokens = resource.property("ServiceToken").map(|node| resolver.values(node)).unwrap_or_default();
    for (action, verbs) in handlers.actions() {
        let service = format!(":{}:", action.service());
        for token in tokens.iter().filter(|token| token.contains(&service)) {
            collected.add(action, token, NeedCondition::new(), verbs, resource);
        }
    }
    if !tokens.iter().any(|token| token.starts_with("arn:")) {
        let actions = handlers.actions().map(|(action, _)| action.to_string());
        collected.left_out.entry(resource.resource_type.clone()).or_default().extend(actions);
    }
}

/// A resource and what is asked about it for every action.
struct OneResource<'r, 'a> {
    resolver: &'r Resolver<'a>,
    resource: &'r Resource,
    own: Vec<(&'static str, &'static ResourceType)>,
    own_prefix: Option<&'static str>,
    /// The resources of the template that its properties refer to, with their types.
    others: Vec<(&'a Resource, Vec<(&'static str, &'static ResourceType)>)>,
    /// The ARNs in its properties.
    arns: Values,
    scopes: &'static [HandlerScope],
}

impl<'r, 'a> OneResource<'r, 'a> {
    fn new(resolver: &'r Resolver<'a>, resource: &'r Resource, handlers: Handlers<'_>) -> Self {
        let others = resolver.references(&resource.properties).into_iter();
        Self {
            resolver,
            resource,
            own: physical::own_types(resource),
            own_prefix: physical::own_prefix(&resource.resource_type),
            others: others.map(|other| (other, physical::own_types(other))).collect(),
            arns: resolver.arns(&resource.properties),
            scopes: rules().handler_scopes(handlers.resource_type()),
        }
    }

    fn action(&self, action: &ActionName, verbs: HandlerVerbs, collected: &mut Collected) {
        let scope = self.scopes.iter().find(|scope| scope.actions.contains(action));
        if let Some(scope) = scope {
            let named = |path: &String| self.resource.property(path).is_some();
            if scope.never || !(scope.properties.is_empty() || scope.properties.iter().any(named)) {
                return;
            }
            if !scope.on.is_empty() {
                for resource in scope.on.iter().flat_map(|format| self.filled(format)) {
                    // A bucket that nobody names yet is not every bucket.
                    if resource.contains(":s3:::*") {
                        collected.left_out(self.resource, action);
                        continue;
                    }
                    self.note_type(action, &resource, collected);
                    collected.add(action, &resource, NeedCondition::new(), verbs, self.resource);
                }
                return;
            }
        }
        let Some(known) = Catalog::embedded().action(action) else { return };
        match self.resources(action, known) {
            Some(found) => {
                for resource in found {
                    self.note_type(action, &resource, collected);
                    collected.add(action, &resource, NeedCondition::new(), verbs, self.resource);
                }
            }
            None => collected.left_out(self.resource, action),
        }
    }

    /// What a row says, with properties filled in.
    fn filled(&self, format: &str) -> Values {
        physical::filled_format(self.resolver, format, |path| {
            let (path, of_folder) = path.strip_suffix("/*").map_or((path, false), |path| (path, true));
            let node = self.resource.property(path);
            let values = node.map(|node| self.resolver.values(node)).unwrap_or_default();
            if of_folder { values.iter().map(|key| folder(key)).collect() } else { values }
        })
    }

    /// On what the handler calls an action; `None`: the template names nothing.
    fn resources(&self, action: &ActionName, known: &Action) -> Option<Values> {
        let is_own =
            self.own_prefix == Some(action.service()) || self.own.iter().any(|(of, _)| *of == action.service());
        if known.resources.is_empty() {
            let reads = known.access_level() <= AccessLevel::Read;
            return (is_own || reads || self.refers_to(action.service())).then(|| ["*".to_owned()].into());
        }
        let service = Catalog::embedded().service(action.service())?;
        let types =
            known.resources.iter().filter_map(|one| Some((service.resource_type(one.resource_type)?, one.required)));
        let types: Vec<(&ResourceType, bool)> = types.collect();
        let has_own = types.iter().any(|(kind, _)| self.is_own(service.prefix, kind));
        let (mut found, mut missing) = (Values::new(), Vec::new());
        let only_own = has_own && known.access_level() == AccessLevel::Tagging;
        for (kind, required) in types.iter().filter(|(kind, required)| {
            // Tags are put on the resource itself, not on all that it is made from.
            !only_own || *required || self.is_own(service.prefix, kind)
        }) {
            let of_type = if self.is_own(service.prefix, kind) {
                Self::ending(action, kind, physical::arns(self.resolver, self.resource, service.prefix, kind))
            } else {
                self.named(action, service.prefix, kind, is_own, has_own)
            };
            if of_type.is_empty() {
                missing.push((*kind, *required));
            }
            found.extend(of_type);
        }
        if is_own && (has_own || self.own.is_empty()) {
            let lonely = found.is_empty() && (types.len() == 1 || types.iter().all(|(_, required)| !required));
            for (kind, required) in missing {
                if required || lonely {
                    let below = self.filled_by_properties(service.prefix, kind, false);
                    let all = || physical::all_of_type(self.resolver, kind);
                    found.extend(if below.is_empty() { all() } else { below });
                }
            }
        }
        (!found.is_empty()).then_some(found)
    }

    fn is_own(&self, prefix: &str, kind: &ResourceType) -> bool {
        self.own.iter().any(|(of, own)| *of == prefix && own.name == kind.name)
    }

    /// The resources of a type that the properties name.
    fn named(&self, action: &ActionName, prefix: &str, kind: &ResourceType, is_own: bool, has_own: bool) -> Values {
        let mut found = Values::new();
        for (other, types) in &self.others {
            if types.iter().any(|(of, own)| *of == prefix && own.name == kind.name) {
                found.extend(physical::arns(self.resolver, other, prefix, kind));
            }
        }
        let any_of_type = physical::all_of_type(self.resolver, kind);
        let patterns: Vec<ResourcePattern> = any_of_type.iter().filter_map(|text| text.parse().ok()).collect();
        let of_type = |text: &&String| {
            let arn = text.parse::<ResourcePattern>();
            arn.is_ok_and(|arn| patterns.iter().any(|pattern| is_alike(pattern, &arn)))
        };
        found.extend(self.arns.iter().filter(of_type).cloned());
        if found.is_empty() && is_own {
            found = self.filled_by_properties(prefix, kind, has_own);
        }
        Self::ending(action, kind, found)
    }

    /// ARNs of a type of the same service, of which properties fill variables, or the resource's own name does.
    fn filled_by_properties(&self, prefix: &str, kind: &ResourceType, has_own: bool) -> Values {
        let shared = |variable: &str| {
            let marked = format!("${{{variable}}}");
            let having = self.own.iter().find(|(_, own)| own.formats.iter().any(|format| format.contains(&marked)));
            // The resource's own name tells only where the action is not on the resource itself.
            let (of, own) = having.filter(|_| !has_own)?;
            Some(physical::own_variable(self.resolver, self.resource, of, own, variable))
        };
        let own_name = |variable: &str| {
            let marked = format!("${{{variable}}}");
            self.own.iter().any(|(_, own)| own.formats.iter().any(|format| format.contains(&marked)))
        };
        let filled = std::cell::Cell::new(false);
        let found = physical::filled(self.resolver, kind, |variable| {
            let values =
                physical::of_properties(self.resolver, self.resource, prefix, variable).or_else(|| shared(variable));
            let values = values.filter(|values| !values.is_empty());
            // What is below the resource itself is not meant where the action is on the resource.
            let tells = !(has_own && own_name(variable));
            filled.set(filled.get() || tells && values.as_ref().is_some_and(|values| !values.contains("*")));
            values.unwrap_or_else(|| ["*".to_owned()].into())
        });
        if filled.get() { found } else { Values::new() }
    }

    /// ARNs with what policies have to write behind the name.
    fn ending(action: &ActionName, kind: &ResourceType, arns: Values) -> Values {
        match rules().ending(action.service(), action.name(), kind.name) {
            Some(ending) => {
                let ended = |arn: &String| if arn.ends_with(ending) { arn.clone() } else { format!("{arn}{ending}") };
                arns.iter().map(ended).collect()
            }
            None => arns,
        }
    }

    fn refers_to(&self, service: &str) -> bool {
        let marked = format!(":{service}:");
        self.others.iter().any(|(_, types)| types.iter().any(|(of, _)| *of == service))
            || self.arns.iter().any(|arn| arn.contains(&marked))
    }

    /// The first resource of some types makes AWS create a role of the service's own.
    fn linked_role(&self, action: &ActionName, verbs: HandlerVerbs, collected: &mut Collected) {
        let service =
            LINKED_ROLES.iter().find(|(prefix, _)| self.own_prefix == Some(prefix)).map_or("*", |(_, name)| name);
        let (partition, account) = (self.resolver.target.partition(), self.resolver.target.account());
        let role = format!("arn:{partition}:iam::{account}:role/aws-service-role/{service}/*");
        let exact = !service.contains('*');
        let condition = exact.then(|| ("iam:AWSServiceName".to_owned(), [service.to_owned()].into()));
        let condition = condition.into_iter().collect();
        insert(&mut collected.once, action, &role, condition, verbs, self.resource);
    }

    /// Remembers what is granted on everything of a type, because the service mints the name.
    fn note_type(&self, action: &ActionName, resource: &str, collected: &mut Collected) {
        let writes = Catalog::embedded().action(action).is_some_and(|known| known.access_level() > AccessLevel::Read);
        let name = resource.splitn(6, ':').nth(5).unwrap_or_default();
        let open = name.ends_with("/*") || name.ends_with(":*") || name == "*";
        let fixed = name.trim_end_matches(['*', ':', '/']);
        // A pattern with a part of the stack's own names in it is not the type.
        let own = !self.resolver.target.stack().contains('*') && name.contains(self.resolver.target.stack());
        if writes && open && !own && !fixed.contains('*') && physical::name_property(self.resource).is_none() {
            let (ids, actions) = collected.by_type.entry(self.resource.resource_type.clone()).or_default();
            ids.insert(self.resource.logical_id.clone());
            actions.insert(action.to_string());
        }
    }
}

/// All keys beside a key: the next deployment's has another name.
fn folder(key: &str) -> String {
    key.rsplit_once('/').map_or_else(|| "*".to_owned(), |(folder, _)| format!("{folder}/*"))
}

/// Whether an ARN begins like those of a type. Another account or region than the stack's is as good.
fn is_alike(of_type: &ResourcePattern, arn: &ResourcePattern) -> bool {
    let (Some([_, _, of, _, _, kind]), Some([_, _, service, _, _, own])) = (of_type.segments(), arn.segments()) else {
        return false;
    };
    if of != service {
        return false;
    }
    let beginning = kind.split('*').next().unwrap_or_default();
    own.starts_with(beginning) && (!beginning.is_empty() || kind.contains('/') == own.contains('/'))
}

impl Collected {
    pub(crate) fn add(
        &mut self,
        action: &ActionName,
        resource: &str,
        condition: NeedCondition,
        verbs: HandlerVerbs,
        of: &Resource,
    ) {
        insert(&mut self.handlers, action, resource, condition, verbs, of);
    }

    fn left_out(&mut self, of: &Resource, action: &ActionName) {
        self.left_out.entry(of.resource_type.clone()).or_default().insert(action.to_string());
    }

    /// What was noted of several resources, as findings.
    pub(crate) fn finish(&mut self) {
        for (resource_type, logical_ids) in std::mem::take(&mut self.unknown) {
            self.findings.push(TemplateFinding::UnknownType { resource_type, logical_ids });
        }
        for (resource_type, logical_ids) in std::mem::take(&mut self.open_names) {
            self.findings.push(TemplateFinding::NamesOpen { resource_type, logical_ids });
        }
        for (resource_type, actions) in std::mem::take(&mut self.left_out) {
            self.findings.push(TemplateFinding::LeftOut { resource_type, actions });
        }
        for (resource_type, (logical_ids, actions)) in std::mem::take(&mut self.by_type) {
            self.findings.push(TemplateFinding::ByType { resource_type, logical_ids, actions });
        }
    }
}

pub(crate) fn insert(
    needs: &mut TemplateNeeds,
    action: &ActionName,
    resource: &str,
    condition: NeedCondition,
    verbs: HandlerVerbs,
    of: &Resource,
) {
    // What is no pattern of resources is a value that was put together wrongly in the template.
    let Ok(resource) = resource.parse::<ResourcePattern>() else { return };
    let why = needs.entry(TemplateNeed { action: action.clone(), resource, condition }).or_default();
    why.verbs = HandlerVerb::ALL.into_iter().filter(|verb| verbs.contains(*verb)).fold(why.verbs, HandlerVerbs::with);
    why.logical_ids.insert(of.logical_id.clone());
}
