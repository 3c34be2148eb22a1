//! Where in a request a value stands.

use super::types::NotPassed;

/// Whether a parameter path leads to the value at `place`, as far as that does not depend on the values of other members.
///
/// A place is the names of the members that lead to a value, joined by dots. Lists may be marked with `[]` or not.
pub fn leads_to(path: &str, place: &str) -> bool {
    let (mut path, mut place) = (steps(path), steps(place));
    loop {
        match (path.next(), place.next()) {
            (None, None) => return true,
            (Some(own), Some(other)) if own == "*" || own.eq_ignore_ascii_case(other) => {}
            _ => return false,
        }
    }
}

impl NotPassed {
    /// Whether the row speaks of a place in the requests of an operation.
    pub fn concerns(&self, operation: &str, place: &str) -> bool {
        let is_named = |name: &String| match name.strip_suffix('*') {
            Some(beginning) => operation.get(..beginning.len()).is_some_and(|own| own.eq_ignore_ascii_case(beginning)),
            None => operation.eq_ignore_ascii_case(name),
        };
        let is_one_of = |names: &[String], step: &str| names.iter().any(|name| name.eq_ignore_ascii_case(step));
        (self.operations.is_empty() || self.operations.iter().any(is_named))
            && (self.params.is_empty() && self.members.is_empty() && self.below.is_empty()
                || self.params.iter().any(|path| leads_to(path, place))
                || steps(place).last().is_some_and(|last| is_one_of(&self.members, last))
                || steps(place).any(|step| is_one_of(&self.below, step)))
    }
}

/// The names between dots that are not in brackets, without what stands in brackets.
fn steps(path: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    let parts = path.split(move |character| {
        match character {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == '.' && depth == 0
    });
    parts.map(|part| part.split('[').next().unwrap_or(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_to_places_whatever_their_lists_and_letters() {
        for (path, place) in [
            ("roleArn", "RoleARN"),
            ("roles[].arn", "roles[].arn"),
            ("roles[].arn", "roles.arn"),
            ("patchOperations[path=/a.b].value", "patchOperations[].value"),
            ("map.*.role", "map.anything.role"),
            ("roles", "roles[]"),
        ] {
            assert!(leads_to(path, place), "{path} {place}");
        }
        for (path, place) in [("roleArn", "a.roleArn"), ("a.roleArn", "roleArn"), ("map.*", "map"), ("a.b", "a.c")] {
            assert!(!leads_to(path, place), "{path} {place}");
        }
    }

    #[test]
    fn a_row_speaks_of_its_operations_and_members() {
        let texts = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let row = |operations: &[&str], params: &[&str], members: &[&str], below: &[&str]| NotPassed {
            operations: texts(operations),
            params: texts(params),
            members: texts(members),
            below: texts(below),
            evidence: String::new(),
        };
        assert!(row(&["Get*"], &[], &[], &[]).concerns("GetThing", "a.b"));
        assert!(!row(&["Get*"], &[], &[], &[]).concerns("PutThing", "a.b"));
        assert!(!row(&["Get"], &[], &[], &[]).concerns("GetThing", "a.b"));
        assert!(row(&[], &["a.b"], &[], &[]).concerns("Put", "a.b"));
        assert!(!row(&[], &["a.b"], &[], &[]).concerns("Put", "a.c"));
        assert!(row(&[], &[], &["principalArn"], &[]).concerns("Put", "a[].PrincipalArn"));
        assert!(row(&[], &[], &[], &["tags"]).concerns("Put", "a.tags[].value"));
        assert!(!row(&["Get*"], &["a"], &[], &[]).concerns("Put", "a"));
    }
}
