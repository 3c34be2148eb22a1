//! IAM's policy simulator: would these documents do, in the place of what a principal holds today?

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_iam::Client;
use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, EvaluationResult};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;

use crate::connect::Connection;
use crate::error::{AwsCall, AwsError, Problem};
use crate::permissions::calls::{SIMULATE_CUSTOM, SIMULATE_PRINCIPAL};

/// What is to be simulated for one user or role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulationInput {
    /// The ARN of the user or role.
    pub principal: String,
    /// The documents that are proposed, as text.
    pub documents: Vec<String>,
    /// The policies whose place they take, so that these have no say; everything else that is attached has. Nothing where the
    /// documents are all there is.
    pub replaced: Option<Vec<ReplacedPolicy>>,
    /// The requests.
    pub requests: Vec<SimulationRequest>,
}

/// A policy that has no say.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReplacedPolicy {
    /// A managed one.
    Managed(String),
    /// One inside of the principal.
    Inline(String),
    /// One inside of a group.
    OfGroup {
        /// The group's name.
        group: String,
        /// The policy's.
        name: String,
    },
}

/// One request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SimulationRequest {
    /// The action.
    pub action: String,
    /// The ARN of the resource, or `*`.
    pub resource: String,
    /// Condition keys and their values.
    pub context: BTreeMap<String, String>,
}

/// What the simulator said; nothing where it did not, or asked for a condition key that it was not given.
pub type SimulationAnswer = Option<bool>;

/// How many pairs of an action and a resource go into a request: as many as its answer holds by default.
const PAIRS: usize = 100;

/// Asks about all requests, and returns the answers in their order.
pub fn simulate(connection: &Connection, input: &SimulationInput) -> Result<Vec<SimulationAnswer>, AwsError> {
    let client = Client::new(connection.config());
    let documents: Vec<String> = input.documents.iter().map(|document| latin1(document)).collect();
    let simulator = Simulator { client: &client, input, documents: &documents };
    let mut answers: BTreeMap<SimulationRequest, bool> = BTreeMap::new();
    for batch in batches(&input.requests) {
        connection.wait(simulator.ask(&batch, &mut answers))?;
    }
    Ok(input.requests.iter().map(|request| answers.get(request).copied()).collect())
}

/// Requests that can be asked about at once: each of the actions on each of the resources.
#[derive(Debug, PartialEq, Eq)]
struct Batch<'a> {
    actions: Vec<&'a str>,
    resources: Vec<&'a str>,
    context: &'a BTreeMap<String, String>,
}

/// Condition keys and their values.
type Keys = BTreeMap<String, String>;

/// All requests, and no other pair of an action and a resource.
fn batches(requests: &[SimulationRequest]) -> Vec<Batch<'_>> {
    let mut by_action: BTreeMap<(&Keys, &str), BTreeSet<&str>> = BTreeMap::new();
    for request in requests {
        by_action.entry((&request.context, &request.action)).or_default().insert(&request.resource);
    }
    let mut alike: BTreeMap<(&Keys, Vec<&str>), Vec<&str>> = BTreeMap::new();
    for ((context, action), resources) in by_action {
        alike.entry((context, resources.into_iter().collect())).or_default().push(action);
    }
    let mut batches = Vec::new();
    for ((context, resources), actions) in alike {
        for resources in resources.chunks(PAIRS) {
            for actions in actions.chunks((PAIRS / resources.len().max(1)).max(1)) {
                batches.push(Batch { actions: actions.to_vec(), resources: resources.to_vec(), context });
            }
        }
    }
    batches
}

struct Simulator<'a> {
    client: &'a Client,
    input: &'a SimulationInput,
    documents: &'a [String],
}

impl Simulator<'_> {
    async fn ask(&self, batch: &Batch<'_>, answers: &mut BTreeMap<SimulationRequest, bool>) -> Result<(), AwsError> {
        let mut marker: Option<String> = None;
        loop {
            let (results, next) = self.page(batch, marker.as_deref()).await?;
            for result in &results {
                note(result, batch, answers);
            }
            match next {
                None => return Ok(()),
                Some(next) if !next.is_empty() && Some(&next) != marker.as_ref() => marker = Some(next),
                Some(_) => return Err(AwsError::new(self.call(), self.input.principal.as_str(), Problem::Odd)),
            }
        }
    }

    fn call(&self) -> AwsCall {
        if self.input.replaced.is_some() { SIMULATE_PRINCIPAL } else { SIMULATE_CUSTOM }
    }

    /// A page of results, and where the next one is.
    async fn page(
        &self,
        batch: &Batch<'_>,
        marker: Option<&str>,
    ) -> Result<(Vec<EvaluationResult>, Option<String>), AwsError> {
        let owned = |texts: &[&str]| Some(texts.iter().map(|text| (*text).to_owned()).collect::<Vec<String>>());
        let context: Vec<ContextEntry> = batch.context.iter().map(|(key, value)| entry(key, value)).collect();
        let principal = self.input.principal.as_str();
        let marker = marker.map(str::to_owned);
        let (results, is_truncated, next) = if let Some(replaced) = &self.input.replaced {
            let request = self.client.simulate_principal_policy().policy_source_arn(principal);
            let request = request
                .set_policy_input_list(Some(self.documents.to_vec()))
                .set_action_names(owned(&batch.actions))
                .set_resource_arns(owned(&batch.resources))
                .set_context_entries(Some(context));
            // The SDK (1.133) leaves the names of the fields out of this list, so that IAM would exclude nothing and every
            // request would be allowed as today.
            let excluded = self.excluded(replaced);
            let request = request.set_marker(marker).customize();
            let answer = request.mutate_request(move |request| append(request, &excluded)).send().await;
            let answer = answer.map_err(|error| AwsError::of(SIMULATE_PRINCIPAL, principal, error))?;
            (answer.evaluation_results, answer.is_truncated, answer.marker)
        } else {
            let request = self.client.simulate_custom_policy().caller_arn(principal);
            let request = request
                .set_policy_input_list(Some(self.documents.to_vec()))
                .set_action_names(owned(&batch.actions))
                .set_resource_arns(owned(&batch.resources))
                .set_context_entries(Some(context));
            let answer = request.set_marker(marker).send().await;
            let answer = answer.map_err(|error| AwsError::of(SIMULATE_CUSTOM, principal, error))?;
            (answer.evaluation_results, answer.is_truncated, answer.marker)
        };
        Ok((results.unwrap_or_default(), is_truncated.then(|| next.unwrap_or_default())))
    }

    /// The policies that have no say, as parts of a form.
    fn excluded(&self, replaced: &[ReplacedPolicy]) -> String {
        let principal = self.input.principal.as_str();
        let (kind, own) = (if principal.contains(":user/") { "user" } else { "role" }, principal.rsplit('/').next());
        let mut fields = Vec::new();
        let mut put = |at: usize, key: &str, value: &str| {
            fields.push(format!("&PolicyExclusionList.member.{}.{key}={}", at + 1, percent_encoded(value)));
        };
        for (at, policy) in replaced.iter().enumerate() {
            let (name, kind, of) = match policy {
                ReplacedPolicy::Managed(arn) => {
                    put(at, "PolicyArn", arn);
                    continue;
                }
                ReplacedPolicy::Inline(name) => (name, kind, own.unwrap_or_default()),
                ReplacedPolicy::OfGroup { group, name } => (name, "group", group.as_str()),
            };
            put(at, "InlinePolicyIdentifier.PolicyName", name);
            put(at, "InlinePolicyIdentifier.AttachmentType", kind);
            put(at, "InlinePolicyIdentifier.AttachmentName", of);
        }
        fields.concat()
    }
}

/// Adds to the form that a request sends. It is signed afterwards.
fn append(request: &mut HttpRequest, form: &str) {
    let Some(body) = request.body().bytes() else { return };
    let body = [body, form.as_bytes()].concat();
    request.headers_mut().insert("content-length", body.len().to_string());
    *request.body_mut() = SdkBody::from(body);
}

fn percent_encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// Takes the results by resource: the name of the result itself is a template (`arn:aws:s3:::${BucketName}/${KeyName}`) or `*`.
fn note(result: &EvaluationResult, batch: &Batch<'_>, answers: &mut BTreeMap<SimulationRequest, bool>) {
    let mut answer = |resource: &str, allowed: bool, missing: &[String]| {
        let known = batch.resources.contains(&resource);
        if known && (allowed || missing.is_empty()) {
            let (action, context) = (result.eval_action_name.clone(), batch.context.clone());
            answers.insert(SimulationRequest { action, resource: resource.to_owned(), context }, allowed);
        }
    };
    for specific in result.resource_specific_results() {
        let allowed = specific.eval_resource_decision.as_str() == ALLOWED;
        answer(&specific.eval_resource_name, allowed, specific.missing_context_values());
    }
    if result.resource_specific_results().is_empty() {
        let name = result.eval_resource_name.as_deref().unwrap_or("*");
        answer(name, result.eval_decision.as_str() == ALLOWED, result.missing_context_values());
    }
}

const ALLOWED: &str = "allowed";

fn entry(key: &str, value: &str) -> ContextEntry {
    let entry = ContextEntry::builder().context_key_name(key).context_key_values(value);
    entry.context_key_type(ContextKeyTypeEnum::String).build()
}

/// The JSON text as IAM takes it: characters up to U+00FF, the others escaped.
pub(crate) fn latin1(text: &str) -> String {
    let mut units = [0_u16; 2];
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        if u32::from(c) <= 0xFF {
            out.push(c);
        } else {
            out.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_hold_every_request_once_and_no_other() {
        let request = |action: &str, resource: usize, key: &str| SimulationRequest {
            action: action.to_owned(),
            resource: format!("arn:aws:sqs:us-east-1:111122223333:q{resource}"),
            context: [(key.to_owned(), "v".to_owned())].into(),
        };
        let mut requests: Vec<SimulationRequest> = Vec::new();
        for resource in 0..250 {
            requests.extend(["sqs:A", "sqs:B"].map(|action| request(action, resource, "k")));
        }
        requests.extend([request("sqs:C", 0, "k"), request("sqs:A", 0, "other")]);
        let mut asked: Vec<SimulationRequest> = Vec::new();
        for batch in batches(&requests) {
            assert!(batch.actions.len() * batch.resources.len() <= PAIRS);
            for action in &batch.actions {
                asked.extend(batch.resources.iter().map(|resource| SimulationRequest {
                    action: (*action).to_owned(),
                    resource: (*resource).to_owned(),
                    context: batch.context.clone(),
                }));
            }
        }
        requests.sort();
        asked.sort();
        assert_eq!(asked, requests);
    }

    #[test]
    fn names_with_signs_go_into_a_form() {
        assert_eq!(
            percent_encoded("arn:aws:iam::aws:policy/A+b=c,d.@e-é"),
            "arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FA%2Bb%3Dc%2Cd.%40e-%C3%A9"
        );
    }

    #[test]
    fn what_iam_does_not_take_is_escaped() {
        assert_eq!(latin1("{\"Sid\": \"é→😀\"}"), "{\"Sid\": \"é\\u2192\\ud83d\\ude00\"}");
    }
}
