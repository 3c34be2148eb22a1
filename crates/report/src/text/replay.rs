//! What replaying calls against policies came to, as people read it.

use std::io::{self, Write};

use super::table::{Align, Table};
use super::words::{count, counted, some};
use super::{heading, more};
use crate::escape::terminal;
use crate::replay::{NowAllowedReport, PolicyReport, ReplayReport, ReplayedNeed, ReplayedPrincipal, StatementReport};
use crate::style::{Ink, Style};

/// How many rows a list has.
const ROWS: usize = super::ROWS;

/// Writes the summary.
pub fn write(report: &ReplayReport, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let tool = style.paint(Ink::Heading, format!("{} {}", report.tool.name, report.tool.version));
    let input = &report.input;
    let read = format!("{}, {}", counted(input.files, "file"), counted(input.records, "record"));
    let statements: usize = report.policies.iter().map(|policy| policy.statements).sum();
    let policies = format!(
        "{} with {}",
        counted(report.policies.len() as u64, "policy document"),
        counted(statements as u64, "statement"),
    );
    writeln!(out, "{tool}  {read}, judged by {policies}")?;
    for policy in &report.policies {
        notes(policy, style, out)?;
    }
    for principal in &report.principals {
        write_principal(principal, style, out)?;
    }
    Ok(())
}

fn notes(policy: &PolicyReport, style: Style, out: &mut dyn Write) -> io::Result<()> {
    for note in policy.notes.iter().take(ROWS) {
        let statement = note.statement.map(|index| format!(", statement {index}")).unwrap_or_default();
        let code = style.paint(Ink::Warning, note.code);
        writeln!(out, "  {code}  {}{statement}: {}", terminal(&policy.file), terminal(&note.message))?;
    }
    more(policy.notes.len(), style, out)
}

fn write_principal(principal: &ReplayedPrincipal, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let calls = principal.calls;
    writeln!(out)?;
    writeln!(out, "{}", style.paint(Ink::Heading, terminal(&principal.principal)))?;
    let ink = match principal.verdict {
        "allowed" => Ink::Good,
        "denied" => Ink::Error,
        _ => Ink::Warning,
    };
    let mut sum = format!("{} of {} allowed", count(calls.allowed), counted(calls.known, "call"));
    for (number, what) in [
        (calls.denied, "would have been denied"),
        (calls.depends, "decided by condition keys that the logs do not show"),
        (calls.partly, "decided by which resource was used, which the logs do not tell"),
    ] {
        if number > 0 {
            sum = format!("{sum}; {} {what}", count(number));
        }
    }
    writeln!(out, "  {}", style.paint(ink, sum))?;
    for (number, what) in [
        (calls.no_permission, "among the allowed: no permission is needed"),
        (calls.unmapped, "beside these: what was needed is not known"),
        (calls.not_replayed, "beside these: could not be judged one by one"),
    ] {
        if number > 0 {
            writeln!(out, "  {}", style.paint(Ink::Faint, format!("{} {what}", count(number))))?;
        }
    }
    if principal.name_only {
        let text = "no record names this principal in full; the path in its ARN is a guess";
        writeln!(out, "  {}", style.paint(Ink::Faint, text))?;
    }
    let of = |wanted: &[&str]| -> Vec<&ReplayedNeed> {
        principal.needs.iter().filter(|need| wanted.contains(&need.verdict)).collect()
    };
    needs(
        "Denied",
        "what the calls needed and would not have had",
        &of(&["explicit-deny", "implicit-deny"]),
        style,
        out,
    )?;
    needs("Depends", "on condition keys that the logs do not show", &of(&["depends"]), style, out)?;
    needs("Not sure", "which resource was used decides", &of(&["partly"]), style, out)?;
    unmapped(principal, style, out)?;
    now_allowed(&principal.now_allowed, style, out)
}

fn needs(title: &str, about: &str, needs: &[&ReplayedNeed], style: Style, out: &mut dyn Write) -> io::Result<()> {
    if needs.is_empty() {
        return Ok(());
    }
    heading(title, about, style, out)?;
    let mut table = Table::new(&[
        ("COUNT", Align::Right),
        ("ACTION", Align::Flexible),
        ("RESOURCE", Align::Flexible),
        ("WHY", Align::Flexible),
        ("FIRST EVENT", Align::Flexible),
    ]);
    for need in needs.iter().take(ROWS) {
        table.row([
            count(need.evidence.count),
            terminal(&need.action).into_owned(),
            terminal(&need.resource).into_owned(),
            why(need),
            need.evidence.event_ids.first().map(|id| terminal(id).into_owned()).unwrap_or_default(),
        ]);
    }
    table.write(out, style)?;
    more(needs.len(), style, out)
}

fn why(need: &ReplayedNeed) -> String {
    let by = need.by.as_ref().map(named).unwrap_or_default();
    let keys = || need.depends_on.iter().map(|key| terminal(key)).collect::<Vec<_>>().join(", ");
    let why = match (need.verdict, need.doubt) {
        ("explicit-deny", _) => format!("denied by {by}"),
        ("implicit-deny", _) => "no statement allows it".to_owned(),
        ("depends", _) => keys(),
        (_, Some("some-allowed")) => format!("{by} allows some of them"),
        (_, Some("some-denied")) => format!("{by} denies some of them"),
        (_, Some("entity-unknown")) => "which entity is meant is not known".to_owned(),
        _ => by,
    };
    let context: Vec<String> = need
        .context
        .iter()
        .map(|(key, values)| format!("{key} {}", values.iter().cloned().collect::<Vec<_>>().join(" or ")))
        .collect();
    let context = if context.is_empty() { String::new() } else { format!(" ({})", terminal(&context.join(", "))) };
    let via = need.via.as_ref().map(|via| format!(", through {}", terminal(via))).unwrap_or_default();
    format!("{why}{context}{via}")
}

/// The `Sid`, or else the place, since many statements have none.
fn named(statement: &StatementReport) -> String {
    match &statement.sid {
        Some(sid) => format!("`{}`", terminal(sid)),
        None => format!("statement {} of {}", statement.statement, terminal(&statement.file)),
    }
}

fn unmapped(principal: &ReplayedPrincipal, style: Style, out: &mut dyn Write) -> io::Result<()> {
    if principal.unmapped.is_empty() {
        return Ok(());
    }
    heading("Not mapped to a permission", "neither allowed nor denied, as far as is known", style, out)?;
    let mut table = Table::new(&[("COUNT", Align::Right), ("CALL", Align::Flexible), ("REASON", Align::Left)]);
    for call in principal.unmapped.iter().take(ROWS) {
        let name = format!("{} {}", terminal(&call.event_source), terminal(&call.event_name));
        table.row([count(call.count), name, call.reason.to_owned()]);
    }
    table.write(out, style)?;
    more(principal.unmapped.len(), style, out)
}

fn now_allowed(allowed: &[NowAllowedReport], style: Style, out: &mut dyn Write) -> io::Result<()> {
    if allowed.is_empty() {
        return Ok(());
    }
    heading("Refused then, allowed now", "calls that were denied, and that these policies would allow", style, out)?;
    let mut table = Table::new(&[("COUNT", Align::Right), ("ACTION", Align::Flexible), ("RESOURCE", Align::Flexible)]);
    for one in allowed.iter().take(ROWS) {
        let resources: Vec<_> = one.resources.iter().map(|resource| terminal(resource)).collect();
        let others =
            if one.other_resources == 0 { String::new() } else { format!(" (not on {} others)", one.other_resources) };
        table.row([
            count(one.evidence.count),
            terminal(&one.action).into_owned(),
            format!("{}{others}", some(&resources, 1)),
        ]);
    }
    table.write(out, style)?;
    more(allowed.len(), style, out)
}
