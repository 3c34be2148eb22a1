//! All users, roles, groups and policies of the account, page by page.

use aws_sdk_iam::operation::get_account_authorization_details::GetAccountAuthorizationDetailsOutput as Page;
use serde_json::Value;

use super::written;
use crate::connect::Connection;
use crate::error::{AwsError, Problem};
use crate::permissions::calls::AUTHORIZATION_DETAILS;

/// How many users, roles, groups and policies a page holds: the most that IAM hands out at once.
const PAGE: i32 = 1000;

/// What the account holds, as `aws iam get-account-authorization-details` prints it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationDetails {
    /// The account, by the ARNs in it; nothing where there is nobody in it.
    pub account: Option<String>,
    /// An array of its pages as JSON.
    pub text: String,
}

/// Reads who is in the account and what they hold. `each` hears how many pages have come.
///
/// All of it, whoever is asked for: a policy is narrowed by what all of its holders used, so all of them have to be known.
pub fn authorization_details(
    connection: &Connection,
    mut each: impl FnMut(usize),
) -> Result<AuthorizationDetails, AwsError> {
    let client = aws_sdk_iam::Client::new(connection.config());
    let mut pages: Vec<Value> = Vec::new();
    let mut account: Option<String> = None;
    let mut marker: Option<String> = None;
    loop {
        let request = client.get_account_authorization_details().max_items(PAGE).set_marker(marker.clone()).send();
        let page = connection.wait(request);
        let page = page
            .map_err(|error| AwsError::of(AUTHORIZATION_DETAILS, account.as_deref().unwrap_or(THE_ACCOUNT), error))?;
        account = account.or_else(|| account_of(&page));
        pages.push(written::page(&page));
        each(pages.len());
        // Whoever stands on a page that never comes would lose what they use, so an end that makes no sense is none.
        match page.marker.filter(|next| !next.is_empty()) {
            _ if !page.is_truncated => break,
            Some(next) if Some(&next) != marker.as_ref() => marker = Some(next),
            _ => {
                return Err(AwsError::new(
                    AUTHORIZATION_DETAILS,
                    account.as_deref().unwrap_or(THE_ACCOUNT),
                    Problem::Odd,
                ));
            }
        }
    }
    Ok(AuthorizationDetails { account, text: Value::Array(pages).to_string() })
}

const THE_ACCOUNT: &str = "the account";

/// The account that the first ARN of its own names.
fn account_of(page: &Page) -> Option<String> {
    let users = page.user_detail_list().iter().map(|user| user.arn());
    let roles = page.role_detail_list().iter().map(|role| role.arn());
    let groups = page.group_detail_list().iter().map(|group| group.arn());
    let policies = page.policies().iter().map(|policy| policy.arn());
    let accounts = users.chain(roles).chain(groups).chain(policies).flatten().filter_map(|arn| arn.split(':').nth(4));
    accounts.filter(|account| account.len() == 12).map(str::to_owned).next()
}
