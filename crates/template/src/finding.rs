//! What a reader of the policy should know.

use std::collections::BTreeSet;

/// What is left open, or was assumed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum TemplateFinding {
    /// Nothing is known about what making resources of a type calls.
    UnknownType {
        /// The type.
        resource_type: String,
        /// The resources of it.
        logical_ids: BTreeSet<String>,
    },
    /// The service mints the names, so that actions are granted on all resources of the type.
    ByType {
        /// The type.
        resource_type: String,
        /// The resources of it.
        logical_ids: BTreeSet<String>,
        /// The actions that change or delete such resources.
        actions: BTreeSet<String>,
    },
    /// Nothing is known of the names of resources, so that actions are granted on all resources of the type.
    NamesOpen {
        /// The type.
        resource_type: String,
        /// The resources of it.
        logical_ids: BTreeSet<String>,
    },
    /// Actions of handlers are left out, because the template names nothing that they could be called on.
    LeftOut {
        /// The type.
        resource_type: String,
        /// The actions.
        actions: BTreeSet<String>,
    },
    /// The template of a nested stack was not read.
    NestedUnread {
        /// The stack's logical id.
        logical_id: String,
        /// What its template is.
        url: String,
        /// Why it was not read.
        why: String,
    },
    /// Nothing is known of parameters that names depend on.
    ParametersOpen {
        /// The parameters.
        parameters: BTreeSet<String>,
    },
    /// Names depend on parameters whose defaults were taken.
    DefaultsAssumed {
        /// Each as `NAME=VALUE`.
        parameters: BTreeSet<String>,
    },
    /// The stack's name was not given.
    StackNameAssumed {
        /// The name that was taken.
        name: String,
        /// Where it was taken from.
        file: String,
    },
    /// The code lies in buckets, and uploading it there is not part of the stack.
    Artifacts {
        /// What is fetched from there.
        objects: BTreeSet<String>,
    },
    /// A role is passed, and it is not known to which service.
    PassedToUnknown {
        /// The type of what it is passed for.
        resource_type: String,
        /// The role.
        roles: BTreeSet<String>,
    },
}
