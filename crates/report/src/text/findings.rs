//! What a reader should know, by severity.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::heading;
use super::names::Names;
use super::words::{counted, wrap};
use crate::escape::terminal;
use crate::model::{FindingReport, PrincipalReport, Report};
use crate::style::{Ink, Style};

/// Findings that the lists above have told already.
const LISTED: [&str; 2] = ["denied-call", "unmapped-call"];
/// How many findings of one code are told in full; the rest are counted.
const TOLD: usize = 3;
const SEVERITIES: [(&str, Ink); 3] = [("error", Ink::Error), ("warning", Ink::Warning), ("info", Ink::Faint)];

type Told<'a> = (Option<&'a PrincipalReport>, &'a FindingReport);

pub(super) fn write(report: &Report, names: &Names, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut by_severity: BTreeMap<&str, BTreeMap<&str, Vec<Told<'_>>>> = BTreeMap::new();
    for (principal, finding) in report.all_findings().filter(|(_, finding)| !LISTED.contains(&finding.code)) {
        let of_code = by_severity.entry(finding.severity).or_default().entry(finding.code).or_default();
        of_code.push((principal, finding));
    }
    if by_severity.is_empty() {
        return Ok(());
    }
    heading("Findings", "docs/findings.md explains each code", style, out)?;
    for (severity, ink) in SEVERITIES {
        for (code, findings) in by_severity.get(severity).into_iter().flatten() {
            writeln!(out, "  {} {code}", style.paint(ink, severity))?;
            for (principal, finding) in findings.iter().take(TOLD) {
                let who = principal.map(|principal| names.label(principal) + ": ").unwrap_or_default();
                tell(&format!("{who}{}", terminal(&finding.message)), style, out)?;
            }
            if let Some(rest @ 1..) = findings.len().checked_sub(TOLD) {
                writeln!(out, "    … and {}", counted(rest as u64, "more finding"))?;
            }
        }
    }
    Ok(())
}

fn tell(text: &str, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let width = style.width.map_or(usize::MAX, |width| width.saturating_sub(6).max(40));
    for (at, line) in wrap(text, width).iter().enumerate() {
        writeln!(out, "{}{line}", if at == 0 { "    " } else { "      " })?;
    }
    Ok(())
}
