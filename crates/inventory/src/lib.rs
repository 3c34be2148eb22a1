//! The policies of today: where each lives, who holds it, and which belong together.
//!
//! [`Inventory::read`] takes the output of `aws iam get-account-authorization-details`: users, roles and groups with
//! everything that is attached to them. A policy file is read by [`read_policy`], in any form in which AWS hands a
//! document out; who holds it, the file does not say.
//!
//! Policies that somebody holds together are narrowed together, because what one of them allows, another need not.
//! [`Inventory::sets`] tells which these are.
//!
//! ```
//! use tighten_inventory::{Home, Inventory};
//!
//! let details = r#"{"UserDetailList": [{
//!     "Arn": "arn:aws:iam::111122223333:user/ines",
//!     "UserPolicyList": [{"PolicyName": "queues", "PolicyDocument": {
//!         "Version": "2012-10-17",
//!         "Statement": {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
//!     }}]
//! }]}"#;
//! let inventory = Inventory::parse(details, "details.json")?;
//! let ines = "arn:aws:iam::111122223333:user/ines".parse()?;
//! let [set] = &inventory.sets(&[ines].into())[..] else { panic!() };
//! assert_eq!((set.policies[0].name.as_str(), &set.policies[0].home), ("queues", &Home::Inline));
//! assert_eq!(set.holders[0].policies, [0]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Nothing here looks at logs, and nothing is printed: what a reader should know is a [`Note`], and a document that is
//! no policy is an [`UnreadablePolicy`] beside those that are.

mod details;
mod error;
mod file;
mod inventory;
mod maker;
mod note;
mod policy;
mod sets;

pub use error::InventoryError;
pub use file::{parse_document, read_document, read_policy};
pub use inventory::{Boundary, Inventory, PolicyHolder, UnreadablePolicy};
pub use maker::Maker;
pub use note::{Note, matching_nothing};
pub use policy::{CurrentPolicy, Home, Origin};
pub use sets::{PolicySet, SetHolder};
