//! Verdicts on what usage knows: needs as a whole, and what was refused.

use std::collections::BTreeSet;

use tighten_iam::ResourcePattern;
use tighten_mapping::Certainty;

use super::caller::CalledBy;
use super::judge::{Asked, Judge};
use super::verdict::{Outcome, Verdict};
use crate::proposal::Want;
use crate::used::{ConditionKeys, Used};

/// The verdict on one resource of a need.
///
/// The evidence is the need's: which of its calls used which of its resources, usage does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedNeed<'a> {
    /// The need.
    pub need: &'a Used,
    /// The resource, or the wildcard that stands for many.
    pub resource: &'a ResourcePattern,
    /// What the documents say.
    pub verdict: Verdict,
}

/// A refusal that the documents would not repeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NowAllowed<'a> {
    /// What was refused.
    pub want: &'a Want,
    /// Its resources that are allowed.
    pub resources: BTreeSet<&'a ResourcePattern>,
}

impl Judge<'_> {
    /// Judges every resource of every need, but not what is only suspected.
    pub fn needs<'n>(&self, needs: &'n [Used]) -> Vec<JudgedNeed<'n>> {
        let all = needs.iter().filter(|need| !need.suspected);
        let of_need = |need: &'n Used| {
            need.resources.iter().map(move |observed| {
                let asked = Asked {
                    action: need.action.clone(),
                    resource: observed.pattern.clone(),
                    certainty: need.certainty,
                    path_unknown: need.path_unknown,
                    context: need.context.clone(),
                    called_by: CalledBy::of(need.via.as_deref(), self.principal()),
                };
                JudgedNeed { need, resource: &observed.pattern, verdict: self.judge(&asked) }
            })
        };
        all.flat_map(of_need).collect()
    }

    /// The refusals that the documents would not repeat, as far as it is known what was wanted. What the calls needed
    /// beside the action that was refused is left out.
    pub fn now_allowed<'w>(&self, wants: &'w [Want]) -> Vec<NowAllowed<'w>> {
        let allowed = |want: &'w Want| {
            let action = want.action.parse().ok()?;
            let mut asked = Asked {
                action,
                resource: ResourcePattern::any(),
                // Whether `*` is what IAM was asked for, or all that is known, a refusal does not tell.
                certainty: Certainty::ByType,
                path_unknown: false,
                context: ConditionKeys::new(),
                called_by: CalledBy::of(want.via.as_deref(), self.principal()),
            };
            let resources: BTreeSet<&ResourcePattern> = want
                .resources
                .iter()
                .filter(|resource| {
                    asked.resource.clone_from(resource);
                    self.judge(&asked).outcome() == Outcome::Allowed
                })
                .collect();
            (!resources.is_empty()).then_some(NowAllowed { want, resources })
        };
        wants.iter().filter_map(allowed).collect()
    }
}
