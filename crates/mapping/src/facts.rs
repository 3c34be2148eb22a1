//! What one record says, taken apart once for all the needs of its call.

use serde::Deserialize;
use serde_json::value::RawValue;
use tighten_iam::Arn;

use crate::call::{Call, Partition};
use crate::format::Place;
use crate::parameters::{Parameters, normalise};

/// A call with its parameters and resources read.
#[derive(Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) call: &'a Call<'a>,
    /// The API operation: the event's name without a date.
    pub(crate) operation: &'a str,
    /// The operation as [`normalise`] writes it.
    pub(crate) event: String,
    pub(crate) parameters: Parameters,
    /// The ARNs of the record's `resources`.
    pub(crate) resources: Vec<Arn>,
}

#[derive(Deserialize)]
struct LoggedResource {
    #[serde(alias = "arn", alias = "Arn", rename = "ARN", default)]
    arn: Option<String>,
}

impl<'a> Facts<'a> {
    pub(crate) fn of(call: &'a Call<'a>, operation: &'a str) -> Self {
        let text = call.resources.map_or("", RawValue::get);
        // One odd element must not hide the others.
        let logged: Vec<serde_json::Value> = serde_json::from_str(text).unwrap_or_default();
        let resources = logged
            .into_iter()
            .filter_map(|value| serde_json::from_value::<LoggedResource>(value).ok()?.arn?.parse().ok())
            .collect();
        Self {
            call,
            operation,
            event: normalise(operation),
            parameters: Parameters::parse(call.parameters.map(RawValue::get)),
            resources,
        }
    }

    pub(crate) fn place(&self) -> Place<'a> {
        let partition =
            self.call.principal.map(tighten_iam::Principal::partition).filter(|name| name.starts_with("aws"));
        Place {
            partition: partition.unwrap_or_else(|| Partition::of_region(self.call.region).as_str()),
            region: self.call.region,
            account: self.call.account,
        }
    }

    /// Whether the call makes something new whose name AWS may choose.
    pub(crate) fn creates(&self) -> bool {
        const VERBS: [&str; 11] = [
            "Create",
            "Run",
            "Allocate",
            "Copy",
            "Import",
            "Request",
            "Purchase",
            "Provision",
            "Launch",
            "Register",
            "Clone",
        ];
        VERBS.iter().any(|verb| self.operation.starts_with(verb))
    }
}
