//! What AWS defines: services, actions, resource types and ARN formats, condition keys and API operations; and the
//! hand-kept rules that lead from an API call to the permissions it needs.
//!
//! The facts are generated from pinned packages by `tools/catalog/generate.py` into `facts/`, the rules are kept in
//! `rules/` with the evidence for each row. The build script checks both against each other and packs them into the
//! binary. Nothing is unpacked before it is asked for, and then one service at a time.
//!
//! ```
//! use tighten_catalog::Catalog;
//!
//! let s3 = Catalog::embedded().service("s3").unwrap();
//! let put = s3.action("putobject").unwrap();
//! assert_eq!(put.name, "PutObject");
//! assert!(put.resource("object").is_some());
//! ```

mod catalog;
mod model;
mod packed;
mod rules;
mod showing;

pub use catalog::Catalog;
pub use model::{
    AccessLevel, Action, ActionResource, ArnFormat, CatalogInfo, CatalogSource, ConditionKey, Operation, ResourceType,
    Service,
};
pub use rules::{
    Alias, CallRule, Confidence, DataEvent, Decode, DefaultValue, Ending, Escalation, IdPrefix, InferredFrom,
    ListedRisk, NeedRule, NotPassed, On, Owner, Param, PassKind, PassRole, PathName, Predicate, RiskClass, Rules,
    SelfCall, SettledAs, SettledRule, TagOnCreate, Visibility, leads_to,
};
pub use rules::{HandlerScope, HandlerVerb, HandlerVerbs, Handlers, PhysicalResource};
pub use showing::RecordedCall;

/// What was unpacked from the program itself.
#[expect(clippy::expect_used, reason = "the build script packed it, and tests unpack all of it")]
fn intact<T>(unpacked: Option<T>) -> T {
    unpacked.expect("what the build script packed is intact")
}
