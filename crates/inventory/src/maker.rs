//! Who made a user or role, where that is somebody who would make it again as it was.

use std::fmt;

/// Who made a user or role, and may undo a change that somebody makes in IAM.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Maker {
    /// A stack of CloudFormation, also where the CDK or SAM wrote its template.
    Stack {
        /// The stack's name.
        name: String,
    },
    /// The console of a service, for that service.
    Service,
}

/// The tag that CloudFormation puts on what it makes.
const STACK: &str = "aws:cloudformation:stack-name";

/// The path of roles that consoles make for their services.
const SERVICE: &str = "/service-role/";

impl Maker {
    /// By what the entity itself tells. A role of a permission set and a service-linked role are known by their names.
    pub(crate) fn of<'t>(arn: &str, tags: impl IntoIterator<Item = (&'t str, &'t str)>) -> Option<Self> {
        let stack = tags.into_iter().find(|(key, _)| *key == STACK);
        let stack = stack.map(|(_, name)| Self::Stack { name: name.to_owned() });
        stack.or_else(|| arn.contains(&format!(":role{SERVICE}")).then_some(Self::Service))
    }

    /// The stable kebab-case code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Stack { .. } => "stack",
            Self::Service => "service",
        }
    }

    /// Its name, if it has one.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Stack { name } => Some(name),
            Self::Service => None,
        }
    }
}

impl fmt::Display for Maker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stack { name } => write!(f, "the stack {name}"),
            Self::Service => f.write_str("the console of a service"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_is_known_by_its_tag_and_a_service_by_the_path() {
        let role = "arn:aws:iam::111122223333:role/service-role/worker";
        assert_eq!(Maker::of(role, []), Some(Maker::Service));
        let stack = Maker::Stack { name: "orders".to_owned() };
        assert_eq!(Maker::of(role, [("team", "a"), ("aws:cloudformation:stack-name", "orders")]), Some(stack));
        for other in ["arn:aws:iam::111122223333:role/worker", "arn:aws:iam::111122223333:user/service-role/worker"] {
            assert_eq!(Maker::of(other, [("stack-name", "orders")]), None);
        }
    }
}
