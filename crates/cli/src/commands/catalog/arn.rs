//! One resource: its types, and the actions on them.

use anyhow::Result;
use tighten_catalog::{AccessLevel, Catalog, ResourceType, Service};
use tighten_iam::{Arn, ResourcePattern};

use super::sheet::Sheet;
use super::suggest;

pub(super) fn show(catalog: &Catalog, arn: &Arn, sheet: &mut Sheet) -> Result<()> {
    let mut found: Vec<(usize, &Service, &ResourceType)> = Vec::new();
    for service in catalog.services() {
        for kind in &service.resource_types {
            if let Some(fixed) = kind.formats.iter().filter_map(|format| fit(format, arn)).max() {
                found.push((fixed, service, kind));
            }
        }
    }
    if found.is_empty() {
        let tip: Vec<String> = catalog
            .service(arn.service())
            .into_iter()
            .flat_map(|service| &service.resource_types)
            .flat_map(|kind| kind.formats.iter().map(|format| (*format).to_owned()))
            .take(super::SUGGESTIONS)
            .collect();
        return Err(suggest(&format!("no resource type has ARNs like `{arn}`"), &tip));
    }
    // The format with the most fixed text says the most; one that is nothing but variables fits everything.
    found.sort_by_key(|(fixed, service, kind)| (std::cmp::Reverse(*fixed), service.prefix, kind.name));
    let most = found.first().map_or(0, |(fixed, ..)| *fixed);
    let (best, others): (Vec<_>, Vec<_>) = found.into_iter().partition(|(fixed, ..)| *fixed == most);
    for (_, service, kind) in best {
        sheet.heading(&format!("{} {}", service.prefix, kind.name), "");
        sheet.names("format", &kind.formats);
        for level in AccessLevel::ALL {
            let on = service.actions.iter().filter(|action| action.resource(kind.name).is_some());
            let of_level = on.filter(|action| action.access_level() == level);
            sheet.names(level.as_str(), of_level.map(|action| format!("{}:{}", service.prefix, action.name)));
        }
    }
    sheet.names("fits less", others.iter().map(|(_, service, kind)| format!("{} {}", service.prefix, kind.name)));
    Ok(())
}

/// How many characters of the format are fixed, if the ARN has this format.
fn fit(format: &str, arn: &Arn) -> Option<usize> {
    let mut pattern = String::new();
    let mut fixed = 0;
    let mut rest = format;
    while let Some((before, after)) = rest.split_once("${") {
        let (_, after) = after.split_once('}')?;
        pattern.push_str(before);
        pattern.push('*');
        fixed += before.len();
        rest = after;
    }
    pattern.push_str(rest);
    let pattern: ResourcePattern = pattern.parse().ok()?;
    (!pattern.is_any() && pattern.matches(arn)).then_some(fixed + rest.len())
}

#[cfg(test)]
mod tests {
    use super::fit;

    #[test]
    fn formats_fit_arns_by_their_fixed_text() {
        let object = "arn:aws:s3:::b/k".parse().unwrap();
        assert_eq!(fit("arn:${Partition}:s3:::${BucketName}/${ObjectName}", &object), Some(11));
        assert_eq!(fit("arn:${Partition}:s3:::${BucketName}", &object), Some(10));
        assert_eq!(fit("arn:${Partition}:sqs:${Region}:${Account}:${QueueName}", &object), None);
    }
}
