//! Access Analyzer: does a document allow something that another does not, and is it a sound policy?

use aws_sdk_accessanalyzer::Client;
use aws_sdk_accessanalyzer::types::{
    AccessCheckPolicyType, CheckNoNewAccessResult, PolicyType, ValidatePolicyFindingType,
};

use crate::connect::Connection;
use crate::error::{AwsError, Problem};
use crate::iam::latin1;
use crate::permissions::calls::{NO_NEW_ACCESS, VALIDATE_POLICY};

/// What Access Analyzer says of a document that is to take the place of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessOpinion {
    /// Whether it allows nothing new.
    pub nothing_new: bool,
    /// Where it does: the statements and why, in Access Analyzer's words.
    pub reasons: Vec<String>,
    /// What is wrong with the document, likewise.
    pub errors: Vec<String>,
}

/// Asks about an identity policy beside the one whose place it takes. `name` says in errors which one it is.
pub fn check_no_new_access(
    connection: &Connection,
    name: &str,
    new: &str,
    existing: &str,
) -> Result<AccessOpinion, AwsError> {
    let client = Client::new(connection.config());
    let (new, existing) = (latin1(new), latin1(existing));
    connection.wait(async {
        let request = client.check_no_new_access().new_policy_document(&new).existing_policy_document(&existing);
        let answer = request.policy_type(AccessCheckPolicyType::IdentityPolicy).send().await;
        let answer = answer.map_err(|error| AwsError::of(NO_NEW_ACCESS, name, error))?;
        let nothing_new = match answer.result {
            Some(CheckNoNewAccessResult::Pass) => true,
            Some(CheckNoNewAccessResult::Fail) => false,
            _ => return Err(AwsError::new(NO_NEW_ACCESS, name, Problem::Odd)),
        };
        let reasons = answer.reasons.unwrap_or_default().into_iter().filter_map(|reason| reason.description);
        let reasons = if nothing_new { Vec::new() } else { reasons.chain(answer.message).collect() };
        Ok(AccessOpinion { nothing_new, reasons, errors: errors(&client, name, &new).await? })
    })
}

/// The errors in a document; what is only advice is for whoever wrote it.
async fn errors(client: &Client, name: &str, document: &str) -> Result<Vec<String>, AwsError> {
    let mut errors = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let request = client.validate_policy().policy_document(document).policy_type(PolicyType::IdentityPolicy);
        let page = request.set_next_token(token.clone()).send().await;
        let page = page.map_err(|error| AwsError::of(VALIDATE_POLICY, name, error))?;
        let wrong = page.findings.into_iter().filter(|one| one.finding_type == ValidatePolicyFindingType::Error);
        errors.extend(wrong.map(|finding| format!("{}: {}", finding.issue_code, finding.finding_details)));
        match page.next_token.filter(|next| !next.is_empty()) {
            None => return Ok(errors),
            Some(next) if Some(&next) != token.as_ref() => token = Some(next),
            Some(_) => return Err(AwsError::new(VALIDATE_POLICY, name, Problem::Odd)),
        }
    }
}
