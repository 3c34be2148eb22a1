//! ARN formats of the catalog: recognise an ARN, or fill a format from a call's values.

use tighten_iam::Arn;

/// A piece of the last part of an ARN format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    Literal(String),
    Variable(String),
    /// A `*` that the format itself holds.
    Any,
}

/// One ARN format, such as `arn:${Partition}:s3:::${BucketName}/${ObjectName}`, taken apart once.
#[derive(Debug, Clone)]
pub(crate) struct Format {
    service: Vec<Part>,
    region: Vec<Part>,
    account: Vec<Part>,
    resource: Vec<Part>,
    /// How much of it is literal text, as far as it tells formats of a service apart.
    literal: usize,
}

/// The variables that a format found in an ARN, and how much of the ARN was literal text of the format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recognised<'a> {
    pub(crate) variables: Vec<(&'a str, &'a str)>,
    pub(crate) literal: usize,
}

impl Format {
    /// Takes a format apart; `None` if it has not six parts.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let (_arn, _partition) = (parts.next()?, parts.next()?);
        let (service, region, account, resource) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let (service, resource) = (pieces(service), pieces(resource));
        let length = |part: &Part| match part {
            Part::Literal(text) => text.len(),
            Part::Variable(_) | Part::Any => 0,
        };
        // Of two formats that say as much, the one that names its service says more.
        let fixed = usize::from(matches!(service.as_slice(), [Part::Literal(_)]));
        let literal = resource.iter().map(length).sum::<usize>() + fixed;
        Some(Self { service, region: pieces(region), account: pieces(account), resource, literal })
    }

    /// Whether the format names its service in plain text, so that it can be filled.
    pub(crate) fn has_fixed_service(&self) -> bool {
        matches!(self.service.as_slice(), [Part::Literal(_)])
    }

    /// The text of an ARN of this format, without the region or account that records add where the format has none.
    pub(crate) fn canonical(&self, arn: &Arn) -> String {
        let kept = |parts: &[Part], value: &str| if parts.is_empty() { String::new() } else { value.to_owned() };
        let (region, account) = (kept(&self.region, arn.region()), kept(&self.account, arn.account()));
        format!("arn:{}:{}:{region}:{account}:{}", arn.partition(), arn.service(), arn.resource())
    }

    /// Whether `longer` goes on where this format ends.
    pub(crate) fn begins(&self, longer: &Self) -> bool {
        self.resource.len() < longer.resource.len() && longer.resource.starts_with(&self.resource)
    }

    /// Whether nothing but the place differs between the ARNs of the format.
    pub(crate) fn is_constant(&self) -> bool {
        self.resource.iter().all(|part| matches!(part, Part::Literal(_)))
    }

    /// The last word that the format itself holds: `slo` of `slo/${SloName}`.
    pub(crate) fn last_literal(&self) -> Option<&str> {
        let texts = self.resource.iter().rev().filter_map(|part| match part {
            Part::Literal(text) => text.split(['/', ':']).rfind(|word| !word.is_empty()),
            Part::Variable(_) | Part::Any => None,
        });
        texts.into_iter().next()
    }

    /// The service of the ARNs, when the format names it.
    pub(crate) fn service(&self) -> Option<&str> {
        match self.service.as_slice() {
            [Part::Literal(service)] => Some(service),
            _ => None,
        }
    }

    /// The variables of the last part, in order.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &str> {
        self.resource.iter().filter_map(|part| match part {
            Part::Variable(name) => Some(name.as_str()),
            Part::Literal(_) | Part::Any => None,
        })
    }

    /// Whether `arn` is of this format. Region and account are not compared where the format leaves them empty:
    /// real records add them to some such resources.
    pub(crate) fn recognise<'a>(&'a self, arn: &'a Arn) -> Option<Recognised<'a>> {
        if self.service().is_some_and(|service| service != arn.service()) {
            return None;
        }
        for (part, value) in [(&self.region, arn.region()), (&self.account, arn.account())] {
            if let [Part::Literal(fixed)] = part.as_slice()
                && fixed != value
            {
                return None;
            }
        }
        let mut variables = Vec::new();
        bind(&self.resource, arn.resource(), &mut variables).then_some(Recognised { variables, literal: self.literal })
    }

    /// The ARN patterns of this format; `value` gives each variable of the last part as pattern text, several values
    /// give several ARNs.
    pub(crate) fn fill(&self, place: &Place<'_>, mut value: impl FnMut(&str) -> Vec<String>) -> Vec<String> {
        let known = |text: &str| if text.is_empty() { "*".to_owned() } else { text.to_owned() };
        let account = |parts: &[Part]| match parts {
            [Part::Literal(text)] => text.clone(),
            // A rule's empty account is that of what AWS owns.
            [Part::Variable(name)] if name == "Account" || name == "AccountId" => {
                if place.owned_elsewhere {
                    place.account.to_owned()
                } else {
                    known(place.account)
                }
            }
            [] => String::new(),
            _ => "*".to_owned(),
        };
        let region = match self.region.as_slice() {
            [Part::Literal(text)] => text.clone(),
            [Part::Variable(_)] => known(place.region),
            [] => String::new(),
            _ => "*".to_owned(),
        };
        let head =
            format!("arn:{}:{}:{region}:{}:", place.partition, self.service().unwrap_or("*"), account(&self.account));
        let mut arns = vec![head];
        for part in &self.resource {
            match part {
                Part::Literal(text) => arns.iter_mut().for_each(|arn| arn.push_str(text)),
                Part::Any => arns.iter_mut().for_each(|arn| arn.push('*')),
                Part::Variable(name) => {
                    let values = value(name);
                    let joined = |arn: &String| values.iter().map(|value| join(arn, value)).collect::<Vec<_>>();
                    arns = arns.iter().flat_map(joined).collect();
                }
            }
        }
        arns
    }
}

/// Where a call happened, for the parts of an ARN that are not the resource's name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) partition: &'a str,
    pub(crate) region: &'a str,
    pub(crate) account: &'a str,
    /// A rule says so: an empty account is that of AWS, and not an unknown one.
    pub(crate) owned_elsewhere: bool,
}

fn pieces(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let variable = rest.strip_prefix("${").and_then(|after| after.split_once('}'));
        if let Some((name, after)) = variable {
            flush(&mut literal, &mut parts);
            parts.push(Part::Variable(name.to_owned()));
            rest = after;
        } else if let Some(after) = rest.strip_prefix('*') {
            flush(&mut literal, &mut parts);
            parts.push(Part::Any);
            rest = after;
        } else {
            let mut chars = rest.chars();
            literal.extend(chars.next());
            rest = chars.as_str();
        }
    }
    flush(&mut literal, &mut parts);
    parts
}

/// `arn` with `value` behind it. An id may repeat what the format says before it: `policy/o-1/p-` and `p-abc`.
fn join(arn: &str, value: &str) -> String {
    let said = arn.rsplit(['/', ':']).next().unwrap_or_default();
    let rest = if said.is_empty() { value } else { value.strip_prefix(said).unwrap_or(value) };
    [arn, rest].concat()
}

fn flush(literal: &mut String, parts: &mut Vec<Part>) {
    if !literal.is_empty() {
        parts.push(Part::Literal(std::mem::take(literal)));
    }
}

/// Matches `text` against `parts`: a variable takes at least one character and as few as the rest allows, the last one
/// takes all that is left.
fn bind<'a>(parts: &'a [Part], text: &'a str, variables: &mut Vec<(&'a str, &'a str)>) -> bool {
    let Some((first, rest)) = parts.split_first() else { return text.is_empty() };
    match first {
        Part::Literal(literal) => text.strip_prefix(literal.as_str()).is_some_and(|after| bind(rest, after, variables)),
        Part::Any => text
            .char_indices()
            .map(|(at, _)| at)
            .chain([text.len()])
            .any(|at| text.get(at..).is_some_and(|after| bind(rest, after, variables))),
        Part::Variable(name) => {
            let kept = variables.len();
            let mut least = text.chars().next().map_or(1, char::len_utf8);
            while let Some(end) = end_of_variable(text, least, rest) {
                let Some((value, after)) = text.split_at_checked(end) else { return false };
                variables.push((name, value));
                if bind(rest, after, variables) {
                    return true;
                }
                variables.truncate(kept);
                least = end + after.chars().next().map_or(1, char::len_utf8);
            }
            false
        }
    }
}

/// Where a variable may end that is at least so long, and before what is left of the format.
fn end_of_variable(text: &str, least: usize, rest: &[Part]) -> Option<usize> {
    let behind = text.get(least..)?;
    match rest {
        [] => Some(text.len()),
        [Part::Literal(literal), ..] => behind.find(literal.as_str()).map(|at| least + at),
        [Part::Variable(_) | Part::Any, ..] => Some(least),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn format(text: &str) -> Format {
        Format::parse(text).unwrap()
    }

    fn variables<'a>(format: &'a Format, arn: &'a Arn) -> Option<Vec<(&'a str, &'a str)>> {
        format.recognise(arn).map(|found| found.variables)
    }

    #[test]
    fn recognises_an_object_by_bucket_and_key() {
        let object = format("arn:${Partition}:s3:::${BucketName}/${ObjectName}");
        let arn: Arn = "arn:aws:s3:::logs/a/b:c".parse().unwrap();
        assert_eq!(variables(&object, &arn), Some(vec![("BucketName", "logs"), ("ObjectName", "a/b:c")]));
        assert_eq!(variables(&object, &"arn:aws:s3:::logs".parse().unwrap()), None);
    }

    #[test]
    fn a_more_literal_format_scores_higher() {
        let table = format("arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}");
        let index = format("arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}/index/${IndexName}");
        let arn: Arn = "arn:aws:dynamodb:eu-west-1:111122223333:table/t/index/i".parse().unwrap();
        assert!(index.recognise(&arn).unwrap().literal > table.recognise(&arn).unwrap().literal);
    }

    #[test]
    fn fills_every_combination_of_values() {
        let service = format("arn:${Partition}:ecs:${Region}:${Account}:service/${ClusterName}/${ServiceName}");
        let place = Place { partition: "aws", region: "eu-west-1", account: "111122223333", owned_elsewhere: false };
        let arns = service.fill(&place, |name| match name {
            "ClusterName" => vec!["main".to_owned()],
            _ => vec!["a".to_owned(), "b".to_owned()],
        });
        assert_eq!(
            arns,
            ["arn:aws:ecs:eu-west-1:111122223333:service/main/a", "arn:aws:ecs:eu-west-1:111122223333:service/main/b"]
        );
    }

    #[test]
    fn what_the_format_says_before_an_id_is_not_said_twice() {
        let policy = format("arn:${Partition}:organizations::${Account}:policy/o-${Organization}/p-${PolicyId}");
        let place = Place { partition: "aws", region: "r", account: "1", owned_elsewhere: false };
        let fill = |id: &str| policy.fill(&place, |name| vec![if name == "PolicyId" { id } else { "*" }.to_owned()]);
        assert_eq!(fill("p-abc"), ["arn:aws:organizations::1:policy/o-*/p-abc"]);
        assert_eq!(fill("abc"), ["arn:aws:organizations::1:policy/o-*/p-abc"]);
    }

    #[test]
    fn a_star_of_the_format_stays_a_star() {
        let task = format("arn:${Partition}:dms:${Region}:${Account}:task:*");
        let place = Place { partition: "aws", region: "r", account: "1", owned_elsewhere: false };
        assert_eq!(task.fill(&place, |_| Vec::new()), ["arn:aws:dms:r:1:task:*"]);
        assert!(task.recognise(&"arn:aws:dms:r:1:task:ABC".parse().unwrap()).is_some());
    }

    /// All ways in which a text is of a format, the shortest variables first.
    fn ways(parts: &[Part], text: &str) -> Vec<Vec<String>> {
        let Some((first, rest)) = parts.split_first() else {
            return if text.is_empty() { vec![Vec::new()] } else { Vec::new() };
        };
        let cuts = (0..=text.len()).filter_map(|at| text.split_at_checked(at));
        cuts.filter(|(value, _)| match first {
            Part::Literal(literal) => value == literal,
            Part::Any => true,
            Part::Variable(_) => !value.is_empty(),
        })
        .flat_map(|(value, after)| {
            let own = matches!(first, Part::Variable(_)).then(|| value.to_owned());
            ways(rest, after).into_iter().map(move |more| own.iter().cloned().chain(more).collect())
        })
        .collect()
    }

    proptest! {
        #[test]
        fn variables_are_as_short_as_the_rest_allows(
            pieces in prop::collection::vec("\\$\\{V\\}|[/a]|/a|é|\\*", 0..6),
            text in "[/aé]{0,8}",
        ) {
            let parts = super::pieces(&pieces.concat());
            let mut bound = Vec::new();
            let expected = ways(&parts, &text).into_iter().next();
            let found = bind(&parts, &text, &mut bound);
            prop_assert_eq!(found.then(|| bound.iter().map(|(_, value)| (*value).to_owned()).collect::<Vec<_>>()), expected);
        }
    }
}
