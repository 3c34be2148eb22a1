//! From what a deployment takes to documents and findings.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use tighten_catalog::{Catalog, HandlerVerb};
use tighten_iam::quota::PolicyKind;
use tighten_iam::{ActionName, PolicyDocument, ResourcePattern};
use tighten_report::deployment::{DeploymentDocument, DeploymentNeed, StackReport};
use tighten_synthesis::{Finding, FindingCode, Grant, write_grants};
use tighten_template::{Deployment, Stack, Target, TemplateFinding, TemplateNeed, TemplateNeeds};

use crate::error::Explained;

/// What is to be made of deployments.
pub(super) struct Form {
    /// CloudFormation has a role of its own.
    pub(super) split: bool,
    /// Bucket and beginning of the keys that are uploaded.
    pub(super) artifacts: Vec<(String, String)>,
}

/// Buckets and prefixes of `s3://` addresses.
pub(super) fn artifacts(texts: &[String]) -> Result<Vec<(String, String)>> {
    let read = |text: &String| {
        let rest = text.strip_prefix("s3://").filter(|rest| !rest.is_empty() && !rest.starts_with('/'));
        let rest = rest.ok_or_else(|| {
            Explained::new(
                format!("`--artifacts {text}` is not a place in S3"),
                "addresses look like s3://BUCKET/PREFIX",
            )
        })?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        Ok((bucket.to_owned(), prefix.trim_end_matches('*').to_owned()))
    };
    texts.iter().map(read).collect()
}

/// What one stack takes, as it is shown.
pub(super) fn report(stack: &Stack, target: &Target, form: &Form) -> StackReport {
    let mut deployment = Deployment::of(stack, target);
    let mut findings: Vec<Finding> = std::mem::take(&mut deployment.findings)
        .into_iter()
        .filter(|finding| form.artifacts.is_empty() || !matches!(finding, TemplateFinding::Artifacts { .. }))
        .map(finding)
        .collect();
    let split = form.split || deployment.has_execution_role;
    uploads(target, form, &mut deployment.caller, &mut deployment.handlers);
    if form.split && !deployment.has_execution_role {
        let count = deployment.handlers.keys().map(|need| &need.action).collect::<BTreeSet<_>>().len();
        findings.push(Finding::new(FindingCode::ServiceRole).with("service", "cloudformation").with("count", count));
    }
    let mut needs: Vec<(&'static str, TemplateNeeds)> = Vec::new();
    if split {
        needs.push(("caller", deployment.caller));
        needs.push(("cloudformation", deployment.handlers));
    } else {
        let mut all = deployment.caller;
        all.extend(deployment.handlers);
        needs.push(("caller", all));
    }
    needs.push(("once", deployment.once));
    let documents = needs.into_iter().filter(|(_, needs)| !needs.is_empty());
    StackReport {
        stack: deployment.stack,
        template: stack.template.file.clone(),
        resources: deployment.resources,
        resource_types: deployment.resource_types.into_iter().collect(),
        documents: documents.map(|(whom, needs)| document(whom, needs)).collect(),
        findings: Vec::new(),
    }
    .with_findings(findings)
}

/// Uploading what is deployed, and fetching it from there.
fn uploads(target: &Target, form: &Form, caller: &mut TemplateNeeds, handlers: &mut TemplateNeeds) {
    let partition = target.partition.as_deref().unwrap_or("aws");
    let add = |needs: &mut TemplateNeeds, action: &str, resource: String| {
        if let (Ok(action), Ok(resource)) = (action.parse::<ActionName>(), resource.parse::<ResourcePattern>()) {
            let need = TemplateNeed { action, resource, condition: BTreeMap::new() };
            needs.entry(need).or_default();
        }
    };
    for (bucket, prefix) in &form.artifacts {
        let objects = format!("arn:{partition}:s3:::{bucket}/{prefix}*");
        for action in ["s3:GetObject", "s3:PutObject"] {
            add(caller, action, objects.clone());
        }
        for action in ["s3:GetBucketLocation", "s3:ListBucket"] {
            add(caller, action, format!("arn:{partition}:s3:::{bucket}"));
        }
        add(handlers, "s3:GetObject", objects);
    }
}

fn document(needed_by: &'static str, needs: TemplateNeeds) -> DeploymentDocument {
    let grants: Vec<Grant> = needs
        .keys()
        .map(|need| Grant {
            action: need.action.clone(),
            resource: need.resource.clone(),
            condition: need.condition.clone(),
        })
        .collect();
    let policies: Vec<PolicyDocument> = write_grants(Catalog::embedded(), &grants, PolicyKind::Managed);
    let shown = needs.into_iter().map(|(need, why)| DeploymentNeed {
        action: need.action,
        resource: need.resource,
        condition: need.condition,
        verbs: why.verbs.iter().map(HandlerVerb::as_str).collect(),
        logical_ids: why.logical_ids,
    });
    DeploymentDocument::new(needed_by, shown.collect(), &policies)
}

fn finding(finding: TemplateFinding) -> Finding {
    let ids = |finding: Finding, ids: BTreeSet<String>| {
        let count = ids.len();
        finding.with_list("logical_ids", ids).with("logical_id_count", count)
    };
    match finding {
        TemplateFinding::UnknownType { resource_type, logical_ids } => {
            ids(Finding::new(FindingCode::TemplateTypeUnknown).with("resource_type", resource_type), logical_ids)
        }
        TemplateFinding::ByType { resource_type, logical_ids, actions } => {
            let by_type = Finding::new(FindingCode::TemplateByType).with("resource_type", resource_type);
            ids(by_type.with_list("actions", actions), logical_ids)
        }
        TemplateFinding::NamesOpen { resource_type, logical_ids } => {
            ids(Finding::new(FindingCode::TemplateNamesOpen).with("resource_type", resource_type), logical_ids)
        }
        TemplateFinding::LeftOut { resource_type, actions } => Finding::new(FindingCode::TemplateActionLeftOut)
            .with("resource_type", resource_type)
            .with_list("actions", actions),
        TemplateFinding::NestedUnread { logical_id, url, why } => Finding::new(FindingCode::TemplateNestedUnread)
            .with("logical_id", logical_id)
            .with("url", url)
            .with("why", why),
        TemplateFinding::ParametersOpen { parameters } => {
            Finding::new(FindingCode::TemplateParameterOpen).with_list("parameters", parameters)
        }
        TemplateFinding::DefaultsAssumed { parameters } => {
            Finding::new(FindingCode::TemplateDefaultAssumed).with_list("parameters", parameters)
        }
        TemplateFinding::StackNameAssumed { name, file } => {
            Finding::new(FindingCode::StackNameAssumed).with("name", name).with("file", file)
        }
        TemplateFinding::Artifacts { objects } => {
            Finding::new(FindingCode::TemplateArtifacts).with_list("resources", objects)
        }
        TemplateFinding::PassedToUnknown { resource_type, roles } => Finding::new(FindingCode::TemplatePassedToUnknown)
            .with("resource_type", resource_type)
            .with_list("roles", roles),
    }
}
