//! The condition keys of a request that its record shows.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use tighten_iam::PolicyDocument;
use tighten_trail::Event;

use super::caller::{CalledBy, VIA_SERVICE};
use crate::used::ConditionKeys;

/// The keys that records show, in lower case.
const KEYS: [&str; 6] =
    ["aws:requestedregion", "aws:sourceidentity", "aws:sourceip", "aws:sourcevpce", "aws:userid", VIA_SERVICE];

/// Those of the keys that the documents ask for. The others would only tell calls apart that are judged alike.
pub(super) fn asked_for<'d>(documents: impl IntoIterator<Item = &'d PolicyDocument>) -> BTreeSet<&'static str> {
    let texts: Vec<String> =
        documents.into_iter().map(|document| document.to_string_compact().to_ascii_lowercase()).collect();
    KEYS.into_iter().filter(|key| texts.iter().any(|text| text.contains(key))).collect()
}

/// What the record shows of the wanted keys. A key that it does not show may have any value.
pub(super) fn shown(event: &Event<'_>, called_by: &CalledBy, wanted: &BTreeSet<&'static str>) -> ConditionKeys {
    let mut shown = BTreeMap::new();
    let via_service = *called_by != CalledBy::Principal;
    for key in wanted {
        let user = &event.user_identity;
        let via_kms = || {
            let asked = event.event_source == "kms.amazonaws.com";
            asked.then(|| called_by.via_kms(&event.aws_region)).flatten()
        };
        if *key == VIA_SERVICE {
            shown.extend(via_kms().map(|value| ((*key).to_owned(), BTreeSet::from([value]))));
            continue;
        }
        let value = match *key {
            "aws:requestedregion" => Some(event.aws_region.as_ref()).filter(|region| !region.is_empty()),
            "aws:sourceidentity" => user.source_identity.as_deref(),
            // Calls of services and those through an endpoint carry no such key; the record has some address all the same.
            "aws:sourceip" => event
                .source_ip_address
                .as_deref()
                .filter(|address| !via_service && event.vpc_endpoint_id.is_none() && address.parse::<IpAddr>().is_ok()),
            "aws:sourcevpce" => event.vpc_endpoint_id.as_deref().filter(|_| !via_service),
            "aws:userid" => user.principal_id.as_deref(),
            _ => None,
        };
        if let Some(value) = value {
            shown.insert((*key).to_owned(), BTreeSet::from([value.to_owned()]));
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(condition: &str) -> Vec<PolicyDocument> {
        let text = format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {condition}}}}}"#
        );
        vec![PolicyDocument::parse(&text).unwrap()]
    }

    #[test]
    fn only_what_the_documents_ask_for_is_taken_from_a_record() {
        let wanted = asked_for(&document(r#"{"StringEquals": {"AWS:RequestedRegion": "eu-west-1"}}"#));
        assert_eq!(wanted, BTreeSet::from(["aws:requestedregion"]));
        let event =
            Event { aws_region: "eu-west-1".into(), source_ip_address: Some("192.0.2.1".into()), ..Event::default() };
        let expected = BTreeMap::from([("aws:requestedregion".to_owned(), BTreeSet::from(["eu-west-1".to_owned()]))]);
        assert_eq!(shown(&event, &CalledBy::Principal, &wanted), expected);
        assert!(asked_for(&document("{}")).is_empty());
    }

    #[test]
    fn the_address_of_a_service_is_not_the_callers() {
        let wanted = asked_for(&document(r#"{"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}"#));
        let from = |address: &str| Event { source_ip_address: Some(address.to_owned().into()), ..Event::default() };
        assert_eq!(shown(&from("192.0.2.1"), &CalledBy::Principal, &wanted).len(), 1);
        assert!(shown(&from("192.0.2.1"), &CalledBy::Service("s3.amazonaws.com".to_owned()), &wanted).is_empty());
        assert!(shown(&from("athena.amazonaws.com"), &CalledBy::Principal, &wanted).is_empty());
        let through = Event { vpc_endpoint_id: Some("vpce-1".into()), ..from("10.0.0.1") };
        assert!(shown(&through, &CalledBy::Principal, &wanted).is_empty());
    }
}
