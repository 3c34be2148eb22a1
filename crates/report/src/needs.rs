//! One JSON line per record: what its call needed.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use serde::Serialize;
use tighten_iam::ResourcePattern;
use tighten_mapping::Need;
use tighten_trail::{Event, Via};
use tighten_usage::Judged;

use crate::format::json;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    #[serde(rename = "eventID")]
    event_id: Option<&'a str>,
    event_source: &'a str,
    event_name: &'a str,
    principal: Option<&'a str>,
    outcome: &'static str,
    via: Option<&'a str>,
    needs: Vec<LineNeed<'a>>,
    none: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LineNeed<'a> {
    action: &'a str,
    resources: &'a [ResourcePattern],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    context: &'a BTreeMap<String, BTreeSet<String>>,
    certainty: &'static str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    unsettled: &'a [String],
    rule: &'a str,
}

/// Writes the line of one record. Needs that are only suspected are left out.
pub fn line(event: &Event<'_>, judged: &Judged, out: &mut dyn Write) -> io::Result<()> {
    let sure = |need: &&Need| !need.suspected;
    let needs: Vec<LineNeed<'_>> = judged.needs().iter().filter(sure).map(LineNeed::of).collect();
    // A record all of whose needs are suspected has none that could be shown, and the call is known.
    let none = judged.none().or(if needs.is_empty() { Some("suspected") } else { None });
    let line = Line {
        event_id: event.event_id.as_deref(),
        event_source: &event.event_source,
        event_name: &event.event_name,
        principal: judged.principal().map(tighten_iam::Principal::as_str),
        outcome: judged.outcome.code(),
        via: judged.via().map(Via::as_str),
        needs,
        none,
    };
    json::write_line(&line, out)
}

impl<'a> LineNeed<'a> {
    fn of(need: &'a Need) -> Self {
        Self {
            action: need.action.as_str(),
            resources: &need.resources,
            context: &need.context,
            certainty: need.certainty.as_str(),
            unsettled: &need.unsettled,
            rule: &need.rule,
        }
    }
}
