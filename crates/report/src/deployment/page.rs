//! What deployments take, to read.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{DeploymentDocument, DeploymentReport, StackReport};
use crate::page::{Block, Cell, Fields, Heading, Item, Page, Prose, Table, Title, Width};
use crate::prose;
use crate::words::{count, counted};

/// How many resources of a row are named.
const NAMED: usize = 2;

impl DeploymentReport {
    /// What deployments take, to read.
    pub fn page(&self) -> Page {
        let mut page = Page::new("Deployment");
        for stack in &self.stacks {
            stack.show(&mut page);
        }
        page.push(Block::Note(
            "`--format policy` prints a policy, `--out DIR` writes all of them; docs/template.md tells how it is decided."
                .into(),
        ));
        page
    }
}

impl StackReport {
    fn show(&self, page: &mut Page) {
        let about = prose![
            counted(self.resources, "resource"),
            " of ",
            counted(self.resource_types.len(), "type"),
            ", from ",
            Prose::data(self.template.clone()),
        ];
        page.push(Title { lead: Prose::data(self.stack.clone()), about });
        for document in &self.documents {
            document.show(page);
        }
        if !self.findings.is_empty() {
            page.push(Heading::new("Findings").about("docs/findings.md explains each code"));
            let item = |finding: &crate::finding::FindingReport| {
                let lead = prose![finding.severity.as_str(), " ", finding.code.as_str()];
                Item::with(lead, vec![Block::List(vec![Item::new(finding.message.clone())])])
            };
            page.push(Block::List(self.findings.iter().map(item).collect()));
        }
    }
}

impl DeploymentDocument {
    fn show(&self, page: &mut Page) {
        let (title, about) = match self.needed_by {
            "cloudformation" => ("CloudFormation", "for the role that CloudFormation deploys with"),
            "once" => ("Once", "needed once in an account and region, and not for every deployment"),
            _ => ("Caller", "for whoever deploys, updates and destroys the stack"),
        };
        page.push(Heading::new(title).about(about));
        let mut fields = Fields::default();
        let sizes: Vec<String> = self.characters.iter().map(|size| count(*size)).collect();
        let documents = counted(self.policies.len(), "document");
        fields.field("Policy", prose![documents, " of ", sizes.join(", "), " characters"]);
        page.push(fields);
        let mut table = Table::new(&[
            ("actions", Width::Number),
            ("service", Width::Short),
            ("to", Width::Short),
            ("on", Width::Long),
        ]);
        for (service, row) in self.services() {
            let verbs = if row.verbs.is_empty() { "call it".to_owned() } else { row.verbs.join(" ") };
            let on = Prose::some(row.resources.iter().map(|text| (*text).to_owned()), NAMED);
            // Prefixes and verbs are of letters, digits and dashes alone.
            let words = [Cell::number(row.actions.len()), Cell::words(service.to_owned()), Cell::words(verbs)];
            table.row(words.into_iter().chain([Cell::Text(on)]));
        }
        page.push(table);
    }

    fn services(&self) -> BTreeMap<&str, ServiceRow<'_>> {
        let mut rows: BTreeMap<&str, ServiceRow<'_>> = BTreeMap::new();
        for need in &self.needs {
            let row = rows.entry(need.action.service()).or_default();
            row.actions.insert(need.action.name());
            row.resources.insert(need.resource.as_str());
            for verb in &need.verbs {
                if !row.verbs.contains(verb) {
                    row.verbs.push(verb);
                }
            }
        }
        for row in rows.values_mut() {
            let order = ["create", "read", "update", "delete", "tag"];
            row.verbs.sort_by_key(|verb| order.iter().position(|known| known == verb));
        }
        rows
    }
}

/// What is needed of one service.
#[derive(Default)]
struct ServiceRow<'a> {
    actions: BTreeSet<&'a str>,
    verbs: Vec<&'static str>,
    resources: BTreeSet<&'a str>,
}
