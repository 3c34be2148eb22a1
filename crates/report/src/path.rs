//! Where a principal's documents are written, below the directory that was asked for.

use std::fmt::Write;

use tighten_iam::{Arn, Principal, PrincipalKind};
use tighten_synthesis::narrow::Home;

/// `policies/<account>/<role|user|…>/<name>.json`; with several documents `<name>.1.json` and so on, where `number`
/// is the document's number among them. What is for the role of a service is `<name>.<service>-role.json`.
///
/// Principals of an account are told apart by their names, which IAM holds unique per kind whatever their paths are; where
/// that does not suffice, `copy` counts those of the same name, from 1. Every part is [made safe](component), so the path
/// stays below its root.
pub(crate) fn document_path(
    principal: &Principal,
    service: Option<&str>,
    copy: usize,
    number: Option<usize>,
) -> String {
    let kind = principal.kind();
    let name = match kind {
        PrincipalKind::Root => "root".to_owned(),
        PrincipalKind::Role | PrincipalKind::User | PrincipalKind::FederatedUser => component(principal.name()),
    };
    // No name that was made safe has a tilde of its own.
    let copy = if copy > 1 { format!("~{copy}") } else { String::new() };
    let number = number.map(|number| format!(".{number}")).unwrap_or_default();
    let service = service.map(|service| format!(".{}-role", component(service))).unwrap_or_default();
    format!("policies/{}/{kind}/{name}{service}{copy}{number}.json", component(principal.account()))
}

/// Where the narrowed text of a policy is written: below the principal, if one alone holds it, below the group that it is
/// inside of, below `policy` of its account if it is a managed one, and else below the directory itself. `copy` is as for
/// [`document_path`].
pub(crate) fn policy_path(home: &Home, holders: &[Principal], name: &str, copy: usize) -> String {
    let (account, below) = match (home, holders) {
        (Home::Group { arn }, _) => (account_of(arn), Some(format!("group/{}", directory(last(arn))))),
        (Home::Managed { arn }, _) => (account_of(arn), Some("policy".to_owned())),
        (Home::File | Home::Inline | Home::AwsManaged { .. }, [only]) => {
            (only.account().to_owned(), Some(format!("{}/{}", only.kind(), directory(only.name()))))
        }
        // What takes the place of a policy of AWS is one of the account.
        (Home::AwsManaged { .. }, [first, ..]) => (first.account().to_owned(), Some("policy".to_owned())),
        (Home::File | Home::Inline | Home::AwsManaged { .. }, _) => (String::new(), None),
    };
    let below = below.map(|below| format!("{}/{below}/", component(&account))).unwrap_or_default();
    let name = match home {
        Home::Inline | Home::Group { .. } => name,
        Home::File | Home::Managed { .. } | Home::AwsManaged { .. } => last(name),
    };
    let stem = name.strip_suffix(".json").filter(|stem| !stem.is_empty()).unwrap_or(name);
    let copy = if copy > 1 { format!("~{copy}") } else { String::new() };
    format!("policies/{below}{}{copy}.json", component(stem))
}

/// Where the policy of a permission set is written, which is of no account. `copy` is as for [`document_path`].
pub(crate) fn set_path(name: &str, copy: usize) -> String {
    let copy = if copy > 1 { format!("~{copy}") } else { String::new() };
    format!("policies/permission-set/{}{copy}.json", component(name))
}

fn account_of(arn: &str) -> String {
    arn.parse::<Arn>().map(|arn| arn.account().to_owned()).unwrap_or_default()
}

/// The name of a file without its directories, or of an IAM entity without its path.
fn last(text: &str) -> &str {
    text.rsplit(['/', '\\']).next().unwrap_or(text)
}

/// A name as a directory. None is named like a file, so that no directory stands where a file has to be.
fn directory(name: &str) -> String {
    let name = component(name);
    match name.split_at_checked(name.len().saturating_sub(5)) {
        Some((stem, ending)) if ending.eq_ignore_ascii_case(".json") => format!("{stem}%2Ejson"),
        _ => name,
    }
}

/// A name from a log as one component of a path: what IAM allows in names is kept, anything else is percent-encoded, so
/// that different names stay different. Dots at the start are encoded as well: neither `..` nor hidden files can result.
///
/// ```
/// assert_eq!(tighten_report::component("deploy+x=1,2.3@b_c-d"), "deploy+x=1,2.3@b_c-d");
/// assert_eq!(tighten_report::component("../a b"), "%2E.%2Fa%20b");
/// ```
pub fn component(name: &str) -> String {
    let mut safe = String::with_capacity(name.len());
    for (at, byte) in name.bytes().enumerate() {
        let kept = byte.is_ascii_alphanumeric() || b"+=,@_-".contains(&byte) || (byte == b'.' && at > 0);
        // A name so long that no file system takes it is cut; the numbers that follow keep it readable, and IAM's own
        // names end far below.
        if safe.len() >= LONGEST {
            break;
        }
        if kept {
            safe.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(safe, "%{byte:02X}");
        }
    }
    if safe.is_empty() { "%".to_owned() } else { safe }
}

/// File systems take 255 bytes; a number, an ending and a temporary name's addition need some of them.
const LONGEST: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    fn path(arn: &str, number: Option<usize>) -> String {
        document_path(&arn.parse().unwrap(), None, 1, number)
    }

    #[test]
    fn documents_lie_by_account_kind_and_name() {
        assert_eq!(path("arn:aws:iam::111122223333:role/ci/deploy", None), "policies/111122223333/role/deploy.json");
        assert_eq!(path("arn:aws:iam::111122223333:user/ada", Some(2)), "policies/111122223333/user/ada.2.json");
        assert_eq!(path("arn:aws:iam::111122223333:root", None), "policies/111122223333/root/root.json");
    }

    #[test]
    fn no_name_leads_out_of_its_directory() {
        assert_eq!(component(".."), "%2E.");
        assert_eq!(component(""), "%");
        assert_eq!(component("a/../b\\c\0\u{1b}é"), "a%2F..%2Fb%5Cc%00%1B%C3%A9");
        assert_eq!(component(".ssh"), "%2Essh");
        assert!(component(&"x".repeat(5000)).len() <= 202);
    }
}
