//! What goes with creating things: reading, changing, tagging and deleting them.
//!
//! Which actions belong together is known from the handlers of CloudFormation's resource types, whoever makes the calls. A
//! type is *created* if its creating action was used; its other handlers' actions are then inferred, on the resources that were
//! created. Nothing of another service is inferred, and nothing that handlers call only for certain properties.

mod creators;
mod resources;

use std::collections::{BTreeMap, BTreeSet};

use tighten_catalog::{AccessLevel, Catalog, HandlerVerb, HandlerVerbs, Handlers};
use tighten_iam::{ActionName, PolicyDocument, ResourcePattern, quota};
use tighten_usage::{Days, PrincipalFilter, Usage};

use crate::block::{Density, compact};
use crate::documents::pack;
use crate::finding::{Finding, FindingCode};
use crate::generalise::{Granted, generalise};
use crate::generate::{Subject, over_quota};
use crate::grant::Grant;
use crate::narrow::Keep;
use crate::options::Options;
use crate::paths::EntityPaths;
use crate::proposal::{Inferred, Proposal};
use crate::sid::sids;
use crate::used::{ConditionKeys, Observed, Used};
use creators::creators;
use resources::resources;
use tighten_iam::quota::PolicyKind;

/// An action that goes with creating something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sibling {
    /// The action.
    pub action: ActionName,
    /// On what.
    pub resources: BTreeSet<ResourcePattern>,
    /// The actions that created, which were used.
    pub created_by: BTreeSet<ActionName>,
    /// The types of what was created, as CloudFormation names them.
    pub resource_types: BTreeSet<&'static str>,
}

/// What goes with all that was created, sorted by action.
pub fn siblings(catalog: &'static Catalog, subject: &Subject) -> Vec<Sibling> {
    let mut found: BTreeMap<ActionName, Sibling> = BTreeMap::new();
    let needs: Vec<&Used> = subject.needs.iter().filter(|need| !need.suspected).collect();
    for need in &needs {
        for handlers in creators(catalog).created_by(catalog, &need.action) {
            if !is_of_path(need, handlers.resource_type()) {
                continue;
            }
            for action in counterparts(catalog, handlers, &need.action) {
                let on = resources(catalog, (subject, &needs), need, (handlers, action));
                if on.is_empty() {
                    continue;
                }
                let sibling = found.entry(action.clone()).or_insert_with(|| Sibling {
                    action: action.clone(),
                    resources: BTreeSet::new(),
                    created_by: BTreeSet::new(),
                    resource_types: BTreeSet::new(),
                });
                sibling.resources.extend(on);
                sibling.created_by.insert(need.action.clone());
                sibling.resource_types.insert(handlers.resource_type());
            }
        }
    }
    found.into_values().collect()
}

/// One verb creates all that API Gateway has: only the path tells what.
fn is_of_path(need: &Used, resource_type: &str) -> bool {
    if need.action.service() != "apigateway" {
        return true;
    }
    let below = match resource_type {
        "AWS::ApiGateway::RestApi" => "/restapis",
        "AWS::ApiGatewayV2::Api" => "/apis",
        "AWS::ApiGateway::DomainName" => "/domainnames",
        "AWS::ApiGateway::UsagePlan" => "/usageplans",
        "AWS::ApiGateway::ApiKey" => "/apikeys",
        "AWS::ApiGateway::VpcLink" => "/vpclinks",
        _ => return false,
    };
    let path = |one: &Observed| one.pattern.segments().is_some_and(|[.., path]| path.starts_with(below));
    need.resources.iter().any(path)
}

/// The actions that go with creating resources of a type.
fn counterparts(
    catalog: &'static Catalog,
    handlers: Handlers<'static>,
    created_by: &ActionName,
) -> Vec<&'static ActionName> {
    let rules = catalog.rules();
    let only_sometimes: BTreeSet<&ActionName> = rules
        .handler_scopes(handlers.resource_type())
        .iter()
        .filter(|scope| scope.never || !scope.properties.is_empty())
        .flat_map(|scope| &scope.actions)
        .collect();
    let of_type = handlers.actions().filter(|(action, verbs)| {
        let goes_with = [HandlerVerb::Read, HandlerVerb::Update, HandlerVerb::Delete, HandlerVerb::Tag];
        action.service() == created_by.service()
            && *action != created_by
            && goes_with.iter().any(|verb| verbs.contains(*verb))
            && !only_sometimes.contains(action)
            && is_safe(catalog, action)
    });
    let calls = stack_calls(created_by).iter().filter_map(|name| {
        let service = catalog.service("cloudformation")?;
        service.action(name).and(stack_call(name))
    });
    of_type.map(|(action, _)| action).chain(calls).collect()
}

/// Whether an action may be inferred: not if it hands out rights or secrets. What takes rights away may.
fn is_safe(catalog: &'static Catalog, action: &ActionName) -> bool {
    let takes_away = ["Delete", "Detach", "Remove", "Untag"].iter().any(|verb| action.name().starts_with(verb))
        && !action.name().contains("PermissionsBoundary");
    let manages =
        catalog.action(action).is_some_and(|known| known.access_level() == AccessLevel::PermissionsManagement);
    let signs_in =
        action.service() == "iam" && (action.name().contains("LoginProfile") || action.name().contains("AccessKey"));
    let in_creating = IN_CREATING.contains(&action.to_string().as_str());
    let is_secret = REVEALS.contains(&action.to_string().as_str());
    !is_secret && (takes_away || in_creating || !(manages || signs_in || action.name() == "PutKeyPolicy"))
}

/// Who may delete and create these decides whom they trust or let in anyway.
const IN_CREATING: [&str; 3] = ["iam:UpdateAssumeRolePolicy", "sns:SetTopicAttributes", "sqs:SetQueueAttributes"];

/// Reading what was created is no reason to read what is in it.
const REVEALS: [&str; 5] = [
    "kms:Decrypt",
    "secretsmanager:BatchGetSecretValue",
    "secretsmanager:GetSecretValue",
    "ssm:GetParameter",
    "ssm:GetParameters",
];

/// What is called about a stack besides its handlers.
fn stack_calls(created_by: &ActionName) -> &'static [&'static str] {
    if created_by.to_string() == "cloudformation:CreateStack" { &STACK_CALLS } else { &[] }
}

const STACK_CALLS: [&str; 11] = [
    "CreateChangeSet",
    "DeleteChangeSet",
    "DescribeChangeSet",
    "DescribeStackEvents",
    "DescribeStackResource",
    "DescribeStackResources",
    "ExecuteChangeSet",
    "GetTemplateSummary",
    "ListStackResources",
    "TagResource",
    "UntagResource",
];

fn stack_call(name: &str) -> Option<&'static ActionName> {
    static CALLS: std::sync::OnceLock<Vec<ActionName>> = std::sync::OnceLock::new();
    let calls = CALLS
        .get_or_init(|| STACK_CALLS.iter().filter_map(|name| ActionName::new("cloudformation", name).ok()).collect());
    calls.iter().find(|action| action.name() == name)
}

/// The types that an action creates, with the actions that delete what it creates.
pub(crate) fn deleted_by(
    catalog: &'static Catalog,
    created_by: &ActionName,
) -> Vec<(&'static str, Vec<&'static ActionName>)> {
    let deletes = |(action, verbs): &(&'static ActionName, HandlerVerbs)| {
        let changes = catalog.action(action).is_some_and(|known| known.access_level() >= AccessLevel::Write);
        action.service() == created_by.service()
            && changes
            && verbs.contains(HandlerVerb::Delete)
            && !verbs.contains(HandlerVerb::Create)
            && !verbs.contains(HandlerVerb::Read)
    };
    let of_type = |handlers: Handlers<'static>| {
        let actions = handlers.actions().filter(deletes).map(|(action, _)| action).collect::<Vec<_>>();
        (handlers.resource_type(), actions)
    };
    creators(catalog).created_by(catalog, created_by).map(of_type).filter(|(_, actions)| !actions.is_empty()).collect()
}

/// Rules that keep what goes with creating things, for each principal that created something.
pub(crate) fn keeps(
    catalog: &'static Catalog,
    usage: &Usage,
    paths: &EntityPaths,
    (options, services): (&Options, &[String]),
) -> Vec<Keep> {
    let mut keeps = Vec::new();
    for (principal, used) in &usage.principals {
        let mut subject = Subject::of(principal, used);
        for service in services {
            subject.split_service(service);
        }
        for sibling in siblings(catalog, &subject) {
            let reason = format!("inferred: it goes with {}, which was used", listed(&sibling.created_by));
            for granted in granted(catalog, (&sibling, &subject), paths, options) {
                keeps.push(Keep {
                    action: (&sibling.action).into(),
                    resource: Some(granted.pattern),
                    principals: PrincipalFilter::new([principal.as_str()]),
                    reason: reason.clone(),
                    expires: None,
                });
            }
        }
    }
    keeps
}

/// What is granted for a sibling: as for an action that was used on these resources when they were created.
fn granted(
    catalog: &'static Catalog,
    (sibling, subject): (&Sibling, &Subject),
    paths: &EntityPaths,
    options: &Options,
) -> Vec<Granted> {
    let creating = || subject.needs.iter().filter(|need| sibling.created_by.contains(&need.action));
    let observed = sibling.resources.iter().map(|pattern| {
        let mut days = Days::default();
        let same = creating().flat_map(|need| &need.resources).filter(|one| one.pattern == *pattern);
        same.for_each(|one| days.merge(&one.days));
        Observed::on(pattern.clone(), days)
    });
    let others = paths.others.beside([&subject.principal]);
    generalise(catalog, &sibling.action, &observed.collect::<Vec<_>>(), &others, options)
}

/// Adds what goes with creating things to a proposal, in statements of their own, whose names begin with `Inferred`.
pub fn add_siblings(
    catalog: &'static Catalog,
    proposal: &mut Proposal,
    subject: &Subject,
    paths: &EntityPaths,
    options: &Options,
) {
    if !proposal.has_policies {
        return;
    }
    let (mut grants, mut inferred, mut types) = (Vec::new(), Vec::new(), BTreeSet::new());
    for sibling in siblings(catalog, subject) {
        let mut new = granted(catalog, (&sibling, subject), paths, options);
        new.retain(|one| !is_given(proposal, &sibling.action, &one.pattern));
        if new.is_empty() {
            continue;
        }
        let grant = |one: &Granted| Grant {
            action: sibling.action.clone(),
            resource: one.pattern.clone(),
            condition: ConditionKeys::new(),
        };
        grants.extend(new.iter().map(grant));
        types.extend(sibling.resource_types.iter().copied());
        inferred.push(Inferred {
            action: sibling.action,
            granted: new,
            from: sibling.created_by.into_iter().collect(),
            resource_types: sibling.resource_types.into_iter().collect(),
        });
    }
    if grants.is_empty() {
        return;
    }
    let actions: BTreeSet<&ActionName> = grants.iter().map(|grant| &grant.action).collect();
    let finding = Finding::new(FindingCode::SiblingsAdded).about(&proposal.principal).with("count", actions.len());
    let finding = finding.with_list("resource_types", types).with_list("actions", actions);
    write(catalog, proposal, &grants, options);
    proposal.inferred = inferred;
    let replaced = [FindingCode::PolicySplit, FindingCode::QuotaExceeded];
    proposal.findings.retain(|finding| !replaced.contains(&finding.code));
    proposal.findings.extend(over_quota(&proposal.principal, &proposal.documents, options));
    proposal.findings.push(finding);
    Finding::sort(&mut proposal.findings);
}

/// Whether the documents give the action on the resources anyway.
fn is_given(proposal: &Proposal, action: &ActionName, pattern: &ResourcePattern) -> bool {
    let mut same = proposal.evidence.iter().filter(|one| one.action == *action && one.context.is_empty());
    same.any(|one| one.granted.iter().any(|granted| granted.pattern.contains(pattern)))
}

/// Puts the inferred statements into the last document, or into documents of their own where that would be too long.
fn write(catalog: &'static Catalog, proposal: &mut Proposal, grants: &[Grant], options: &Options) {
    let blocks = compact(catalog, grants.iter().cloned(), Density::Readable);
    let sids = sids(catalog, &blocks);
    let statements = blocks.iter().zip(sids).map(|(block, sid)| {
        let sid = format!("Inferred{sid}");
        (block.service.clone(), block.statement().with_sid(&sid))
    });
    let statements: Vec<_> = statements.collect();
    let limit = if options.kind == PolicyKind::Managed { quota::limit(options.kind) } else { usize::MAX };
    if let Some(last) = proposal.documents.last_mut() {
        let own = last.statements.iter().cloned();
        let together = PolicyDocument::new(own.chain(statements.iter().map(|(_, statement)| statement.clone())));
        if quota::size(&together) <= limit {
            *last = together;
            return;
        }
    }
    proposal.documents.extend(pack(statements, limit));
}

fn listed(actions: &BTreeSet<ActionName>) -> String {
    actions.iter().map(ActionName::to_string).collect::<Vec<_>>().join(", ")
}
