//! Settings, checked. A typo in a guard rail must not pass silently.

use anyhow::Result;
use clap::ValueEnum;
use jiff::civil::Date;
use tighten_catalog::Catalog;
use tighten_iam::{ActionName, ActionPattern, ResourcePattern};
use tighten_synthesis::{AcceptedRisk, AcceptedRiskError};
use tighten_usage::PrincipalFilter;

use super::written::{SUGGESTIONS, Written, did_you_mean, suggest};
use crate::near::near;
use crate::{config, days};

/// One of the choices that a flag of the same name has.
pub(super) fn choice<T: ValueEnum>(written: &Written) -> Result<T> {
    T::from_str(written.text.trim(), false).map_err(|_| {
        let values = T::value_variants().iter().filter_map(ValueEnum::to_possible_value);
        let names: Vec<String> = values.map(|value| value.get_name().to_owned()).collect();
        let all = format!("choose one of {}", names.join(", "));
        written.wrong(
            format!("`{}` is no choice", written.text),
            did_you_mean(&written.text, names.iter().map(String::as_str), &all),
        )
    })
}

/// `30d`
pub(super) fn whole_days(written: &Written) -> Result<usize> {
    days::parse(&written.text).map_err(|problem| written.wrong(problem, "days are counted as in \"30d\""))
}

/// `14d`, not `0d`.
pub(super) fn some_days(written: &Written) -> Result<usize> {
    days::parse_some(&written.text).map_err(|problem| written.wrong(problem, "days are counted as in \"14d\""))
}

/// `0.5%`
pub(super) fn risk(written: &Written) -> Result<AcceptedRisk> {
    let read = |error: AcceptedRiskError| written.wrong(error, "write it in per cent, as in \"0.5%\"");
    written.text.parse().map_err(read)
}

/// A pattern that at least one action matches.
pub(super) fn action(catalog: &Catalog, written: &Written) -> Result<ActionPattern> {
    let text = written.text.trim();
    let pattern: ActionPattern = text
        .parse()
        .map_err(|error| written.wrong(error, "patterns are written like `iam:PassRole`, `s3:Get*` or `s3:*`"))?;
    let Some(prefix) = pattern.service() else { return Ok(pattern) };
    let Some(service) = catalog.service(prefix) else {
        let problem = format!("`{text}` matches no action: no service has the prefix `{prefix}`");
        return Err(written.wrong(problem, near_prefixes(catalog, prefix)));
    };
    let is_meant = |name: &str| ActionName::new(service.prefix, name).is_ok_and(|action| pattern.matches(&action));
    if service.actions.iter().any(|action| is_meant(action.name)) {
        return Ok(pattern);
    }
    let wanted: String = pattern.name().chars().filter(|c| !matches!(c, '*' | '?')).collect();
    let found = near(&wanted, service.actions.iter().map(|action| action.name), SUGGESTIONS);
    let found = found.into_iter().map(|name| format!("{prefix}:{name}")).collect();
    let otherwise = format!("`tighten catalog show {prefix}` lists the actions of that service");
    Err(written.wrong(format!("`{text}` matches no action"), suggest::<String>(found, &otherwise)))
}

/// Prefixes are short, so that one wrong letter makes them look like many others.
fn near_prefixes(catalog: &Catalog, prefix: &str) -> String {
    let slips: Vec<&str> =
        catalog.prefixes().filter(|known| strsim::damerau_levenshtein(prefix, known) == 1).take(SUGGESTIONS).collect();
    let found = if slips.is_empty() { near(prefix, catalog.prefixes(), SUGGESTIONS) } else { slips };
    suggest(found, "services are named by their prefix in policies, such as `cloudformation`")
}

/// A pattern of resources.
pub(super) fn resource(written: &Written) -> Result<ResourcePattern> {
    let text = written.text.trim();
    text.parse()
        .map_err(|error| written.wrong(error, "resources are written as in a policy, such as `arn:aws:s3:::my-app-*`"))
}

/// Patterns of principals, as `--principal` takes them.
pub(super) fn principals(written: &[Written]) -> Result<PrincipalFilter> {
    if let Some(empty) = written.iter().find(|pattern| pattern.text.trim().is_empty()) {
        return Err(empty.wrong("a pattern is empty", "leave the key out to mean every principal"));
    }
    Ok(PrincipalFilter::new(written.iter().flat_map(|pattern| config::of_session(&pattern.text))))
}

/// `2027-03-31`
pub(super) fn date(written: &Written) -> Result<Date> {
    let text = written.text.trim();
    // Times parse as dates, too, and would mean another end than the one that is written.
    let date = if text.len() == "2027-03-31".len() { text.parse().ok() } else { None };
    let tip = "write the last day on which the rule holds, such as 2027-03-31";
    date.ok_or_else(|| written.wrong(format!("`{text}` is not a date"), tip))
}

/// A service by its prefix, in lower case. Its event source will do as well.
pub(super) fn service(catalog: &Catalog, written: &Written) -> Result<String> {
    let text = written.text.trim().to_ascii_lowercase();
    let prefix = if text.contains('.') { catalog.rules().prefix(&text).unwrap_or(&text) } else { &text };
    match catalog.service(prefix) {
        Some(service) => Ok(service.prefix.to_owned()),
        None => Err(written.wrong(format!("no service has the prefix `{text}`"), near_prefixes(catalog, &text))),
    }
}

/// Text that says something.
pub(super) fn reason(written: &Written) -> Result<String> {
    let text = written.text.trim();
    if text.is_empty() {
        return Err(written.wrong("no reason is given", "say it so that whoever reads the policy understands it"));
    }
    Ok(text.to_owned())
}
