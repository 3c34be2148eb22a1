//! What a deployment takes: of whoever deploys, of CloudFormation, and once in an account.

use std::collections::BTreeSet;

use tighten_catalog::HandlerVerbs;

use crate::finding::TemplateFinding;
use crate::folder::{Stack, within};
use crate::needs::{Collected, NeedCondition, TemplateNeeds, insert, of_resource};
use crate::node::{Node, Value};
use crate::resolve::{Resolver, Target};
use crate::template::{Resource, Template};

/// How deeply stacks may be nested.
const NESTED: usize = 6;
/// How many stacks one deployment may have, with those that are nested.
const STACKS: usize = 500;

/// Calls about a stack by whoever deploys it.
const STACK_CALLS: [&str; 23] = [
    "CancelUpdateStack",
    "ContinueUpdateRollback",
    "CreateChangeSet",
    "CreateStack",
    "DeleteChangeSet",
    "DeleteStack",
    "DescribeChangeSet",
    "DescribeEvents",
    "DescribeStackEvents",
    "DescribeStackResource",
    "DescribeStackResources",
    "DescribeStacks",
    "ExecuteChangeSet",
    "GetStackPolicy",
    "GetTemplate",
    "GetTemplateSummary",
    "ListChangeSets",
    "ListStackResources",
    "RollbackStack",
    "SetStackPolicy",
    "TagResource",
    "UntagResource",
    "UpdateStack",
];

/// What must be in an account and region before `cdk deploy` can be used there; `QUALIFIER` is in the names of all of it.
const BOOTSTRAP: &str = include_str!("bootstrap.yaml");

/// What deploying, updating and destroying one stack takes.
#[derive(Debug, Default)]
pub struct Deployment {
    /// The stack.
    pub stack: String,
    /// What whoever deploys needs itself: the calls about the stack, or assuming the roles that make them.
    pub caller: TemplateNeeds,
    /// What CloudFormation calls, with the caller's permissions or those of its service role.
    pub handlers: TemplateNeeds,
    /// What is needed once in an account and region, and not for every deployment.
    pub once: TemplateNeeds,
    /// CloudFormation calls with the permissions of a role of its own, whatever the caller has.
    pub has_execution_role: bool,
    /// The resource types of the stack, those of nested stacks included.
    pub resource_types: BTreeSet<String>,
    /// How many resources it has, those of nested stacks included.
    pub resources: usize,
    /// What is left open, or was assumed; sorted.
    pub findings: Vec<TemplateFinding>,
}

impl Deployment {
    /// What the stack takes; what the target leaves open is read from the manifest of `cdk synth`, or from the file's name.
    pub fn of(stack: &Stack, target: &Target) -> Self {
        let mut target = target.clone();
        let mut all = Collected::default();
        target.account = target.account.or_else(|| stack.account.clone());
        target.region = target.region.or_else(|| stack.region.clone());
        if target.stack.is_none() {
            let name = stack.name.clone().unwrap_or_else(|| {
                let (name, file) = (stack.file_stem(), stack.template.file.clone());
                all.findings.push(TemplateFinding::StackNameAssumed { name: name.clone(), file });
                name
            });
            target.stack = Some(name);
        }
        let mut deployment = Self { stack: target.stack().to_owned(), ..Self::default() };
        let mut left = STACKS;
        deployment.add(&stack.template, stack, &target, 0, &mut left, &mut all);
        all.finish();
        deployment.handlers = all.handlers;
        deployment.once = all.once;
        if stack.assumed.is_empty() {
            stack_calls(&target, &stack.template, &mut deployment.caller);
        } else {
            deployment.has_execution_role = true;
            deployment.assume(stack, &target);
        }
        deployment.findings = all.findings;
        deployment.findings.sort();
        deployment.findings.dedup();
        deployment
    }

    /// Adds the resources of a template, and of the stacks nested in it.
    fn add(
        &mut self,
        template: &Template,
        stack: &Stack,
        target: &Target,
        depth: usize,
        left: &mut usize,
        all: &mut Collected,
    ) {
        let resolver = Resolver::new(template, target);
        for resource in &template.resources {
            self.resources += 1;
            self.resource_types.insert(resource.resource_type.clone());
            of_resource(&resolver, resource, all);
            if resource.resource_type == "AWS::CloudFormation::Stack" {
                match nested(resource, stack, depth, left) {
                    Ok(child) => {
                        let (child, target) = handed_down(&resolver, resource, child, target);
                        self.add(&child, stack, &target, depth + 1, left, all);
                    }
                    Err(why) => {
                        let urls =
                            resource.property("TemplateURL").map(|node| resolver.values(node)).unwrap_or_default();
                        let url = urls.first().cloned().unwrap_or_default();
                        let logical_id = resource.logical_id.clone();
                        all.findings.push(TemplateFinding::NestedUnread { logical_id, url, why });
                    }
                }
            }
        }
        referenced_parameters(&resolver, all);
        let objects: BTreeSet<String> = code(&resolver);
        if !objects.is_empty() {
            all.findings.push(TemplateFinding::Artifacts { objects });
        }
        let parameters: BTreeSet<String> =
            resolver.defaults.borrow().iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !parameters.is_empty() {
            all.findings.push(TemplateFinding::DefaultsAssumed { parameters });
        }
        let mut parameters = resolver.open.take();
        parameters.retain(|name| template.parameters.get(name).is_some());
        if !parameters.is_empty() {
            all.findings.push(TemplateFinding::ParametersOpen { parameters });
        }
    }

    /// The roles of the CDK that `cdk deploy` assumes, and what must be there for that.
    fn assume(&mut self, stack: &Stack, target: &Target) {
        let own = Resource { logical_id: "CDKToolkit".to_owned(), ..Resource::default() };
        let Ok(assume) = "sts:AssumeRole".parse() else { return };
        let mut qualifier = "hnb659fds";
        for role in &stack.assumed {
            let known =
                [("Partition", target.partition()), ("AccountId", target.account()), ("Region", target.region())];
            let filled = known
                .iter()
                .fold(role.clone(), |role, (name, value)| role.replace(&format!("${{AWS::{name}}}"), value));
            insert(&mut self.caller, &assume, &filled, NeedCondition::new(), HandlerVerbs::default(), &own);
            let named = role.split_once(":role/cdk-").and_then(|(_, name)| name.split('-').next());
            qualifier = named.unwrap_or(qualifier);
        }
        let Ok(template) = Template::parse(&BOOTSTRAP.replace("QUALIFIER", qualifier), "bootstrap.yaml") else {
            return;
        };
        let target = Target { stack: Some("CDKToolkit".to_owned()), ..target.clone() };
        let resolver = Resolver::new(&template, &target);
        let mut all = Collected::default();
        template.resources.iter().for_each(|resource| of_resource(&resolver, resource, &mut all));
        stack_calls(&target, &template, &mut all.handlers);
        for (need, why) in all.handlers.into_iter().chain(all.once) {
            self.once.insert(need, why);
        }
    }
}

/// The template of a nested stack.
fn nested(resource: &Resource, stack: &Stack, depth: usize, left: &mut usize) -> Result<Template, String> {
    if depth >= NESTED {
        return Err(format!("nested more than {NESTED} levels deep"));
    }
    *left = left.checked_sub(1).ok_or_else(|| format!("more than {STACKS} stacks"))?;
    let asset = resource.metadata.get("aws:asset:path").and_then(Node::text);
    let url = resource.property("TemplateURL").and_then(Node::text);
    let file = asset.or(url).filter(|file| !file.contains("://"));
    let file = file.ok_or("it is not a file beside the template")?;
    let path = within(&stack.folder, file).map_err(|error| error.problem.to_string())?;
    Template::read(&path).map_err(|error| error.to_string())
}

/// The template with the parameters that its parent gives it, and where it is deployed.
fn handed_down(
    resolver: &Resolver<'_>,
    resource: &Resource,
    mut child: Template,
    target: &Target,
) -> (Template, Target) {
    let stack = format!("{}-{}-*", target.stack(), resource.logical_id);
    let mut target = Target { stack: Some(stack), parameters: [].into(), ..target.clone() };
    for given in resource.property("Parameters").map_or(&[][..], Node::entries) {
        let values = resolver.values(&given.value);
        let plain = |value: &&String| !value.contains(['*', '?', '$']);
        match values.first().filter(plain).filter(|_| values.len() == 1) {
            Some(value) => {
                target.parameters.insert(given.key.clone(), value.clone());
            }
            // The default is not what is used.
            None => {
                if let Value::Map(parameters) = &mut child.parameters.value {
                    parameters.retain(|one| one.key != given.key);
                }
            }
        }
    }
    (child, target)
}

/// What whoever deploys calls.
fn stack_calls(target: &Target, template: &Template, needs: &mut TemplateNeeds) {
    let (partition, region, account) = (target.partition(), target.region(), target.account());
    let own = Resource::default();
    let mut add = |name: &str, resource: &str| {
        if let Ok(action) = format!("cloudformation:{name}").parse() {
            insert(needs, &action, resource, NeedCondition::new(), HandlerVerbs::default(), &own);
        }
    };
    let stack = format!("arn:{partition}:cloudformation:{region}:{account}:stack/{}/*", target.stack());
    for name in STACK_CALLS {
        add(name, &stack);
    }
    // It looks at a template before there is a stack.
    add("ValidateTemplate", "*");
    for transform in template.transforms.iter().filter_map(|name| name.strip_prefix("AWS::")) {
        add("CreateChangeSet", &format!("arn:{partition}:cloudformation:{region}:aws:transform/{transform}"));
    }
    for why in needs.values_mut() {
        why.logical_ids.clear();
    }
}

/// Parameters whose values CloudFormation looks up while it deploys.
fn referenced_parameters(resolver: &Resolver<'_>, all: &mut Collected) {
    let Ok(action) = "ssm:GetParameters".parse() else { return };
    let (partition, region, account) =
        (resolver.target.partition(), resolver.target.region(), resolver.target.account());
    for parameter in resolver.template.parameters.entries() {
        let kind = parameter.value.get("Type").and_then(Node::text).unwrap_or_default();
        if !kind.starts_with("AWS::SSM::Parameter::") {
            continue;
        }
        let given = resolver.target.parameters.get(&parameter.key).map(String::as_str);
        let name = given.or(parameter.value.get("Default").and_then(Node::scalar)).unwrap_or("*");
        let arn = format!("arn:{partition}:ssm:{region}:{account}:parameter/{}", name.trim_start_matches('/'));
        // The public parameters of AWS are in no account.
        let arn = if name.starts_with("/aws/service/") { arn.replace(&format!(":{account}:"), "::") } else { arn };
        let own = Resource { logical_id: parameter.key.clone(), ..Resource::default() };
        insert(&mut all.handlers, &action, &arn, NeedCondition::new(), HandlerVerbs::default(), &own);
    }
}

/// The objects that the code of functions and layers is fetched from.
/// `*` stands for a bucket that is not known before the code is uploaded.
fn code(resolver: &Resolver<'_>) -> BTreeSet<String> {
    let places = [("AWS::Lambda::Function", "Code"), ("AWS::Lambda::LayerVersion", "Content")];
    let mut found = BTreeSet::new();
    for resource in &resolver.template.resources {
        for (_, property) in places.iter().filter(|(kind, _)| *kind == resource.resource_type) {
            let values = |key: &str| {
                let node = resource.property(&format!("{property}.{key}"));
                node.map(|node| resolver.values(node)).unwrap_or_default()
            };
            let keys = values("S3Key");
            let of_bucket = |bucket: String| {
                if bucket == "*" { vec![bucket] } else { keys.iter().map(|key| format!("{bucket}/{key}")).collect() }
            };
            found.extend(values("S3Bucket").into_iter().flat_map(of_bucket));
        }
    }
    found
}
