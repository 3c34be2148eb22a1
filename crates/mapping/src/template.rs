//! ARN templates of rules: `arn:${Partition}:dynamodb:${Region}:${Account}:table/${param:tableName}`.

use tighten_catalog::Decode;

use crate::facts::Facts;
use crate::format::Place;
use crate::need::Certainty;
use crate::resolve::Resolved;
use crate::values::decode;

/// Fills a template from a call. A parameter with several values gives several ARNs; an ARN in a parameter that the
/// whole last part stands for is taken as it is; an unknown value becomes `*`.
pub(crate) fn fill(facts: &Facts<'_>, place: &Place<'_>, template: &str) -> Resolved {
    let mut arns = vec![String::new()];
    let mut certainty = Certainty::Exact;
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, after)) = after.split_once('}') else { break };
        append(&mut arns, before);
        let values = match name {
            "Partition" => vec![place.partition.to_owned()],
            "Region" => vec![place.region.to_owned()],
            "Account" | "AccountId" => vec![place.account.to_owned()],
            _ => {
                let (path, how) = name
                    .strip_prefix("param:")
                    .unwrap_or(name)
                    .split_once('|')
                    .unwrap_or((name.strip_prefix("param:").unwrap_or(name), "text"));
                let how = Decode::named(how).unwrap_or_default();
                let texts = facts.parameters.at(path);
                let wholes: Vec<&String> = texts.iter().filter(|text| text.starts_with("arn:")).collect();
                if !wholes.is_empty() && after.is_empty() && how == Decode::Text {
                    let patterns = wholes.iter().map(|arn| tighten_iam::escape_literal(arn).into_owned()).collect();
                    return Resolved::exact(patterns, format!("parameter:{path}"));
                }
                texts.iter().filter_map(|text| decode(how, text)).collect()
            }
        };
        let values = if values.is_empty() {
            certainty = Certainty::ByType;
            vec!["*".to_owned()]
        } else {
            values
        };
        arns = arns.iter().flat_map(|arn| values.iter().map(move |value| format!("{arn}{value}"))).collect();
        rest = after;
    }
    append(&mut arns, rest);
    arns.dedup();
    Resolved { certainty, ..Resolved::exact(arns, "template") }
}

fn append(arns: &mut [String], text: &str) {
    for arn in arns {
        arn.push_str(text);
    }
}
