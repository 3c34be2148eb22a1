//! Where a principal's documents are written, below the directory that was asked for.

use std::fmt::Write;

use tighten_iam::{Principal, PrincipalKind};

/// `policies/<account>/<role|user|…>/<name>.json`; with several documents `<name>.1.json` and so on, where `number`
/// is the document's number among them.
///
/// Principals of an account are told apart by their names, which IAM holds unique per kind whatever their paths are; where
/// that does not suffice, `copy` counts those of the same name, from 1. Every part is [made safe](component), so the path
/// stays below its root.
pub(crate) fn document_path(principal: &Principal, copy: usize, number: Option<usize>) -> String {
    let kind = principal.kind();
    let name = match kind {
        PrincipalKind::Root => "root".to_owned(),
        PrincipalKind::Role | PrincipalKind::User | PrincipalKind::FederatedUser => component(principal.name()),
    };
    // No name that was made safe has a tilde of its own.
    let copy = if copy > 1 { format!("~{copy}") } else { String::new() };
    let number = number.map(|number| format!(".{number}")).unwrap_or_default();
    format!("policies/{}/{kind}/{name}{copy}{number}.json", component(principal.account()))
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
        document_path(&arn.parse().unwrap(), 1, number)
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
