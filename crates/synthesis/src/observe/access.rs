//! Whether a call is recorded as one that reads.

use tighten_catalog::{AccessLevel, Action};

/// Words with which the names of calls begin that CloudTrail marks as reading, if the action only reads, too.
///
/// Of the 452 distinct calls of public records that the two lists decide, `CloudTrail` marks 450 so; the others are a sample
/// that contradicts itself, and what is excepted below. `AssumeRole`, `Decrypt` and other writing actions that it marks as
/// reading begin with neither.
const READING: [&str; 6] = ["BatchGet", "Describe", "Get", "Head", "List", "Lookup"];
/// Words with which the names of calls begin that it marks as writing, if the action does not read.
const WRITING: [&str; 49] = [
    "Abort",
    "Accept",
    "Add",
    "Allocate",
    "Associate",
    "Attach",
    "Authorize",
    "Cancel",
    "Complete",
    "Copy",
    "Create",
    "Deactivate",
    "Delete",
    "Deregister",
    "Detach",
    "Disable",
    "Disassociate",
    "Enable",
    "Import",
    "Initiate",
    "Modify",
    "Put",
    "Reboot",
    "Register",
    "Reject",
    "Release",
    "Remove",
    "Replace",
    "Reset",
    "Restore",
    "Resume",
    "Revoke",
    "Run",
    "Schedule",
    "Set",
    "Start",
    "Stop",
    "Suspend",
    "Tag",
    "Terminate",
    "Transfer",
    "Unassign",
    "Untag",
    "Update",
    "Upload",
    "Publish",
    "Send",
    "Invoke",
    "Subscribe",
];

/// Reads that were recorded as writes, by event source and first word.
const EXCEPTED: [(&str, &str); 1] = [("wafv2.amazonaws.com", "List")];

/// As what a call may be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Recorded {
    Read,
    Write,
    /// Nobody knows: as the one or the other.
    Either,
}

/// As what a call is recorded, which needs the action.
pub(super) fn recorded(event_source: &str, call: &str, action: &Action) -> Recorded {
    let reads = |level: &AccessLevel| matches!(level, AccessLevel::List | AccessLevel::Read);
    if EXCEPTED.iter().any(|(source, word)| *source == event_source && begins(call, &[word])) {
        Recorded::Either
    } else if action.access_levels.iter().all(reads) && begins(call, &READING) {
        Recorded::Read
    } else if !action.access_levels.iter().any(reads) && begins(call, &WRITING) {
        Recorded::Write
    } else {
        Recorded::Either
    }
}

/// Whether one of the words is the first of the name.
fn begins(name: &str, words: &[&str]) -> bool {
    let ends = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_lowercase());
    words.iter().any(|word| name.strip_prefix(word).is_some_and(ends))
}

#[cfg(test)]
mod tests {
    use tighten_catalog::Catalog;

    use super::*;

    #[test]
    fn the_name_and_the_level_must_agree() {
        let of = |call: &str, action: &str| {
            let source = format!("{}.amazonaws.com", action.split(':').next().unwrap());
            recorded(
                &source,
                call,
                Catalog::embedded().action(&action.parse().unwrap()).unwrap_or_else(|| panic!("{action}")),
            )
        };
        assert_eq!(of("DescribeInstances", "ec2:DescribeInstances"), Recorded::Read);
        assert_eq!(of("HeadObject", "s3:GetObject"), Recorded::Read);
        assert_eq!(of("RunInstances", "ec2:RunInstances"), Recorded::Write);
        assert_eq!(of("AttachRolePolicy", "iam:AttachRolePolicy"), Recorded::Write);
        assert_eq!(of("AssumeRole", "sts:AssumeRole"), Recorded::Either, "CloudTrail says that it reads");
        assert_eq!(of("Decrypt", "kms:Decrypt"), Recorded::Either, "likewise");
        assert_eq!(of("GetFederationToken", "sts:GetFederationToken"), Recorded::Either, "recorded as writing");
        assert_eq!(of("SearchInsights", "devops-guru:SearchInsights"), Recorded::Either);
        assert_eq!(of("ListWebACLs", "wafv2:ListWebACLs"), Recorded::Either, "recorded as writing");
        assert_eq!(of("GetWebACL", "wafv2:GetWebACL"), Recorded::Read);
        assert_eq!(of("Settle", "ec2:RunInstances"), Recorded::Either, "`Set` is not its first word");
    }
}
