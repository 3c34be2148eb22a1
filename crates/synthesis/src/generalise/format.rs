//! Where in a resource's text the catalog says that names stand.

use tighten_catalog::{ArnFormat, Catalog, Service};
use tighten_iam::{ActionName, ResourcePattern};

/// A resource type: the service prefix that defines it, and its name.
pub(super) type Kind = (&'static str, &'static str);

/// The last segment of a resource pattern, taken apart by an ARN format: fixed text and the values of variables take
/// turns. Joined, they are the segment again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shape<'a> {
    /// The type whose format it is; nothing where no format fits.
    pub(super) kind: Option<Kind>,
    pub(super) parts: Vec<Part<'a>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part<'a> {
    /// Text of the format.
    Fixed(&'a str),
    /// The value of a variable.
    Value {
        /// The variable's name; empty where no format fits.
        variable: &'static str,
        text: &'a str,
    },
}

/// Takes the last segment of a pattern apart. `None` for `*`, which has none.
///
/// The format with the most fixed text that fits wins, so that an alias of a function is not taken for a function; among
/// several, one of a type that the action takes. Where none fits, what follows the first `/` or `:` is taken for the name.
pub(super) fn shape<'a>(
    catalog: &'static Catalog,
    action: &ActionName,
    pattern: &'a ResourcePattern,
) -> Option<Shape<'a>> {
    let segments = pattern.segments()?;
    let [_, _, namespace, _, _, resource] = segments;
    let own = catalog.service(action.service());
    let taken: Vec<&str> = own
        .and_then(|service| service.action(action.name()))
        .map(|action| action.resources.iter().map(|resource| resource.resource_type).collect())
        .unwrap_or_default();
    let other = catalog.service(namespace).filter(|service| service.prefix != action.service());
    let best = own
        .and_then(|service| best(service, &taken, &segments))
        .or_else(|| other.and_then(|service| best(service, &[], &segments)));
    Some(best.unwrap_or_else(|| unknown(resource)))
}

fn best<'a>(service: &'static Service, taken: &[&str], segments: &[&'a str; 6]) -> Option<Shape<'a>> {
    let mut best: Option<((usize, bool), Shape<'a>)> = None;
    for format in &service.arn_formats {
        let Some((fixed, parts)) = fit(format, segments) else { continue };
        let score = (fixed, taken.contains(&format.resource_type));
        if best.as_ref().is_none_or(|(most, _)| score > *most) {
            best = Some((score, Shape { kind: Some((service.prefix, format.resource_type)), parts }));
        }
    }
    best.map(|(_, shape)| shape)
}

/// The parts of the last segment by a format, and how much of it is fixed text.
fn fit<'a>(format: &ArnFormat, segments: &[&'a str; 6]) -> Option<(usize, Vec<Part<'a>>)> {
    let [_, _, service, region, account, resource] = *segments;
    // Most formats are told from each other by how the last segment begins.
    if !resource.starts_with(format.beginning) {
        return None;
    }
    let agrees = |format: &str, own: &str| format.contains("${") || format == "*" || format.is_empty() || format == own;
    if !(agrees(format.service, service) && agrees(format.region, region) && agrees(format.account, account)) {
        return None;
    }
    let parts = bind(format.resource, resource)?;
    let fixed = parts.iter().map(|part| if let Part::Fixed(text) = part { text.len() } else { 0 }).sum();
    Some((fixed, parts))
}

/// Each variable takes what precedes the next occurrence of the fixed text after it, and at least one character. A `*`
/// in a format is a variable without a name.
fn bind<'a>(mut format: &'static str, mut text: &'a str) -> Option<Vec<Part<'a>>> {
    let mut parts = Vec::new();
    while !format.is_empty() {
        let (fixed, rest) = format.split_at_checked(ArnFormat::fixed_end(format))?;
        if !fixed.is_empty() {
            let (own, after) = text.split_at_checked(fixed.len()).filter(|(own, _)| *own == fixed)?;
            parts.push(Part::Fixed(own));
            text = after;
        }
        if rest.is_empty() {
            format = rest;
            break;
        }
        let (variable, rest) = match rest.strip_prefix("${") {
            Some(named) => named.split_once('}')?,
            None => ("", rest.strip_prefix('*')?),
        };
        let next_end = ArnFormat::fixed_end(rest);
        let next = rest.get(..next_end)?;
        let end = if next_end == rest.len() {
            // Nothing follows the next fixed text, so it ends the segment.
            text.len().checked_sub(next.len())?
        } else {
            let first = text.chars().next()?.len_utf8();
            first + text.get(first..)?.find(next)?
        };
        let (value, after) = text.split_at_checked(end)?;
        if value.is_empty() {
            return None;
        }
        parts.push(Part::Value { variable, text: value });
        (text, format) = (after, rest);
    }
    (format.is_empty() && text.is_empty()).then_some(parts)
}

fn unknown(resource: &str) -> Shape<'_> {
    let start = resource.find(['/', ':']).map_or(0, |at| at + 1);
    let parts = match resource.split_at_checked(start) {
        Some((fixed, name)) if !fixed.is_empty() && !name.is_empty() => {
            vec![Part::Fixed(fixed), Part::Value { variable: "", text: name }]
        }
        _ => vec![Part::Value { variable: "", text: resource }],
    };
    Shape { kind: None, parts }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(action: &str, pattern: &str) -> (Option<&'static str>, Vec<(&'static str, String)>) {
        let pattern: ResourcePattern = pattern.parse().unwrap();
        let shape = shape(Catalog::embedded(), &action.parse().unwrap(), &pattern).unwrap();
        let joined: String = shape
            .parts
            .iter()
            .map(|part| match part {
                Part::Fixed(text) | Part::Value { text, .. } => *text,
            })
            .collect();
        assert_eq!(joined, pattern.segments().unwrap()[5]);
        let values = shape.parts.iter().filter_map(|part| match part {
            Part::Value { variable, text } => Some((*variable, (*text).to_owned())),
            Part::Fixed(_) => None,
        });
        (shape.kind.map(|(_, name)| name), values.collect())
    }

    #[test]
    fn names_stand_where_the_catalog_says() {
        assert_eq!(
            values("s3:GetObject", "arn:aws:s3:::logs/2026/a:b.gz"),
            (Some("object"), vec![("BucketName", "logs".into()), ("ObjectName", "2026/a:b.gz".into())])
        );
        assert_eq!(
            values("lambda:GetFunction", "arn:aws:lambda:eu-west-1:111122223333:function:resize:live").1,
            [("FunctionName", "resize".into()), ("Alias", "live".into())]
        );
        assert_eq!(
            values("dynamodb:Query", "arn:aws:dynamodb:eu-west-1:111122223333:table/orders/index/by-user"),
            (Some("index"), vec![("TableName", "orders".into()), ("IndexName", "by-user".into())])
        );
        assert_eq!(
            values("sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:jobs"),
            (Some("queue"), vec![("QueueName", "jobs".into())])
        );
        assert_eq!(
            values("iam:PassRole", "arn:aws:iam::111122223333:role/ci/deploy").1,
            [("RoleNameWithPath", "ci/deploy".into())]
        );
    }

    #[test]
    fn what_no_format_fits_is_cut_at_its_first_separator() {
        assert_eq!(values("nosuch:Thing", "arn:aws:nosuch:::thing/a/b"), (None, vec![("", "a/b".into())]));
        assert_eq!(values("nosuch:Thing", "arn:aws:nosuch:::thing"), (None, vec![("", "thing".into())]));
        assert_eq!(values("nosuch:Thing", "arn:aws:nosuch:::thing/"), (None, vec![("", "thing/".into())]));
    }

    #[test]
    fn another_services_resource_is_known_too() {
        assert_eq!(
            values("nosuch:Thing", "arn:aws:iam::111122223333:role/x"),
            (Some("role"), vec![("RoleNameWithPath", "x".into())])
        );
        assert!(shape(Catalog::embedded(), &"s3:GetObject".parse().unwrap(), &ResourcePattern::any()).is_none());
    }
}
