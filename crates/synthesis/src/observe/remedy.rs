//! What would make the use of an action visible.

use serde::Serialize;
use serde_json::{Value, json};
use tighten_usage::Access;

use super::gap::{Gap, GapKind, Wanted};

/// What would make the use of an action visible.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Remedy {
    /// An advanced event selector to be added to those of the trail.
    Selector {
        /// One element of `AdvancedEventSelectors`, as `aws cloudtrail put-event-selectors` takes it.
        selector: Value,
    },
    /// Records of this region.
    Region {
        /// The region.
        region: String,
    },
    /// Records of all regions.
    AllRegions,
    /// Records of the account.
    Account {
        /// The account.
        account: String,
    },
}

impl Gap {
    /// The exact remedy; none where `CloudTrail` records nothing, or nobody knows whether it does.
    pub fn what_would_help(&self) -> Option<Remedy> {
        let management = |access| Wanted { resource_type: None, access, arn_prefix: None };
        let selector = |wanted: &Wanted| Some(Remedy::Selector { selector: wanted.selector() });
        match &self.what {
            GapKind::NeverRecorded { .. }
            | GapKind::UnknownRecording
            | GapKind::NoKnownCall
            | GapKind::ParentCall { .. }
            | GapKind::UnnamedRoles { .. }
            | GapKind::UnsettledTypes { .. }
            | GapKind::Unclear { .. } => None,
            GapKind::DataEvents(wanted)
            | GapKind::DataEventsPartly(wanted)
            | GapKind::IdentityFilter(wanted)
            | GapKind::ExcludedSource { wanted, .. }
            | GapKind::EventFilter { wanted, .. } => selector(wanted),
            GapKind::ReadEvents => selector(&management(Access::Read)),
            GapKind::WriteEvents => selector(&management(Access::Write)),
            GapKind::Region { region } => Some(Remedy::Region { region: region.clone() }),
            GapKind::RegionFilter { .. } => Some(Remedy::AllRegions),
            GapKind::Account { account } => Some(Remedy::Account { account: account.clone() }),
        }
    }
}

impl Wanted {
    /// The advanced event selector that records these events, whoever called.
    pub fn selector(&self) -> Value {
        let equals = |field: &str, value: &str| json!({ "Field": field, "Equals": [value] });
        let mut fields =
            vec![equals("eventCategory", if self.resource_type.is_some() { "Data" } else { "Management" })];
        fields.extend(self.resource_type.as_deref().map(|kind| equals("resources.type", kind)));
        match self.access {
            Access::Read => fields.push(equals("readOnly", "true")),
            Access::Write => fields.push(equals("readOnly", "false")),
            Access::Unstated => {}
        }
        let arn = self.arn_prefix.as_deref().filter(|_| self.resource_type.is_some());
        fields.extend(arn.map(|arn| json!({ "Field": "resources.ARN", "StartsWith": [arn] })));
        json!({ "FieldSelectors": fields })
    }
}
