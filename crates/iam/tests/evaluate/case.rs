//! One request and the documents that decide it.

use std::error::Error;

use serde_json::{Map, Value, json};
use tighten_iam::{Arn, Context, Policies, PolicyDocument, PolicyError, Principal, Request, RequestResource, Ruling};

/// A request and its documents, as JSON. What is left out is not given to `Policies` either.
#[derive(Debug, Clone, Default)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) identity: Vec<Value>,
    pub(crate) boundary: Option<Value>,
    pub(crate) session: Option<Vec<Value>>,
    pub(crate) service_control: Vec<Vec<Value>>,
    pub(crate) resource_control: Vec<Vec<Value>>,
    pub(crate) resource: Option<Value>,
    pub(crate) principal: String,
    pub(crate) action: String,
    /// An ARN or `*`.
    pub(crate) on: String,
    /// Key → text or list of texts.
    pub(crate) context: Map<String, Value>,
    /// Whether keys that are not given may have any value.
    pub(crate) open: bool,
}

impl Case {
    /// What the crate decides.
    pub(crate) fn decide(&self) -> Result<Ruling, Box<dyn Error>> {
        let identity = documents(&self.identity)?;
        let boundary = self.boundary.clone().map(PolicyDocument::from_value).transpose()?;
        let session = self.session.as_deref().map(documents).transpose()?;
        let levels = |levels: &[Vec<Value>]| levels.iter().map(|level| documents(level)).collect::<Result<Vec<_>, _>>();
        let service_control = levels(&self.service_control)?;
        let resource_control = levels(&self.resource_control)?;
        let resource = self.resource.clone().map(PolicyDocument::from_value).transpose()?;
        let policies = Policies {
            identity: &identity,
            boundary: boundary.as_ref(),
            session: session.as_deref(),
            service_control: &service_control,
            resource_control: &resource_control,
            resource: resource.as_ref(),
        };
        self.ask(|request| policies.decide(request))
    }

    /// Puts the request.
    pub(crate) fn ask<T>(&self, decide: impl FnOnce(&Request<'_>) -> T) -> Result<T, Box<dyn Error>> {
        let principal = Principal::from_arn(&self.principal)?;
        let action = self.action.parse()?;
        let arn: Option<Arn> = (self.on != "*").then(|| self.on.parse()).transpose()?;
        let resource = arn.as_ref().map_or(RequestResource::Any, RequestResource::Arn);
        let context = self.context();
        Ok(decide(&Request { principal: Some(&principal), action: &action, resource, context: &context }))
    }

    fn context(&self) -> Context {
        let mut context = if self.open { Context::open() } else { Context::closed() };
        for (key, value) in &self.context {
            let values = value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
            context.insert(key, values.iter().filter_map(Value::as_str));
        }
        context
    }
}

fn documents(values: &[Value]) -> Result<Vec<PolicyDocument>, PolicyError> {
    values.iter().cloned().map(PolicyDocument::from_value).collect()
}

/// A document of the current version.
pub(crate) fn document(statements: impl IntoIterator<Item = Value>) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements.into_iter().collect::<Vec<_>>()})
}
