//! CloudFormation and SAM templates, and what deploying, updating and destroying their stacks needs.

mod deployment;
mod error;
mod finding;
mod folder;
mod needs;
mod node;
mod pass_role;
mod physical;
mod read;
mod resolve;
mod sam;
mod template;

pub use deployment::Deployment;
pub use error::{TemplateError, TemplateProblem};
pub use finding::TemplateFinding;
pub use folder::{Application, Stack};
pub use needs::{NeedCondition, NeededFor, TemplateNeed, TemplateNeeds};
pub use node::{Entry, Mark, Node, Value};
pub use resolve::Target;
pub use template::{Resource, Template};
