//! The role of a scheduled job on GitHub Actions that runs tighten, as Terraform and as `CloudFormation` write it.

mod yaml;

use serde_json::{Value, json};
use tighten_iam::{Conditions, Indent, PolicyDocument, Resources, Statement};

/// A role that the jobs of one branch of one repository may assume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRole {
    repository: String,
    branch: String,
    policy: PolicyDocument,
}

/// Where GitHub's tokens come from, and the provider's name in IAM.
const ISSUER: &str = "token.actions.githubusercontent.com";

/// Whom the tokens are made out to.
const AUDIENCE: &str = "sts.amazonaws.com";

/// What stands for the provider's ARN until the text is made.
const PROVIDER: &str = "GITHUB-PROVIDER";

impl JobRole {
    /// The role with this policy, for jobs of a repository (`OWNER/REPO`) on a branch. Nothing if these are no names that GitHub
    /// would take: they decide who may assume the role, and a `*` in them would be anybody.
    pub fn new(repository: &str, branch: &str, policy: PolicyDocument) -> Option<Self> {
        let legal = |text: &str| {
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        };
        let (owner, name) = repository.split_once('/')?;
        let is_branch = !branch.is_empty() && branch.split('/').all(legal);
        (legal(owner) && legal(name) && is_branch).then(|| Self {
            repository: repository.to_owned(),
            branch: branch.to_owned(),
            policy,
        })
    }

    /// What GitHub says of a job of the branch that uses no environment.
    pub fn subject(&self) -> String {
        format!("repo:{}:ref:refs/heads/{}", self.repository, self.branch)
    }

    /// The trust policy, with this in the place of the provider's ARN.
    pub fn trust(&self, provider: &str) -> PolicyDocument {
        let mut conditions = Conditions::new();
        conditions.insert("StringEquals", format!("{ISSUER}:aud"), [AUDIENCE]);
        conditions.insert("StringEquals", format!("{ISSUER}:sub"), [self.subject()]);
        let assume = "sts:AssumeRoleWithWebIdentity".parse().ok();
        let mut statement = Statement::allow(assume, []).with_conditions(conditions);
        statement.principal = Some(json!({ "Federated": provider }));
        statement.resource = Resources::Implied;
        PolicyDocument::new([statement])
    }

    /// As Terraform.
    pub fn terraform(&self) -> String {
        let arn = "${data.aws_iam_openid_connect_provider.github.arn}";
        let trust = heredoc(&self.trust(PROVIDER)).replace(PROVIDER, arn);
        let policy = heredoc(&self.policy);
        let head = self.head();
        format!(
            "{head}\n\n\
             # GitHub's identity provider, which an account has once.\n\
             data \"aws_iam_openid_connect_provider\" \"github\" {{\n  url = \"https://{ISSUER}\"\n}}\n\n\
             resource \"aws_iam_role\" \"tighten\" {{\n\
             \x20 name = \"tighten\"\n\n\
             \x20 # Nobody but jobs of that branch: the subject is compared as a whole. Jobs that use an environment have another one.\n\
             \x20 assume_role_policy = {trust}\n}}\n\n\
             # What tighten calls, and nothing else. None of it changes anything.\n\
             resource \"aws_iam_role_policy\" \"tighten\" {{\n\
             \x20 name   = \"tighten\"\n\
             \x20 role   = aws_iam_role.tighten.id\n\
             \x20 policy = {policy}\n}}\n"
        )
    }

    /// As a `CloudFormation` template.
    pub fn cloudformation(&self) -> String {
        let sub = format!("!Sub \"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:oidc-provider/{ISSUER}\"");
        let quoted = Value::String(PROVIDER.to_owned()).to_string();
        let trust = yaml::block(&self.trust(PROVIDER).to_value(), 8).replace(&quoted, &sub);
        let policy = yaml::block(&self.policy.to_value(), 12);
        let head = self.head();
        format!(
            "{head}\n\
             # GitHub's identity provider (https://{ISSUER}) has to be in the account already.\n\
             AWSTemplateFormatVersion: \"2010-09-09\"\n\
             Description: \"The role of a scheduled job that runs tighten\"\n\
             Resources:\n\
             \x20 Tighten:\n\
             \x20   Type: \"AWS::IAM::Role\"\n\
             \x20   Properties:\n\
             \x20     RoleName: \"tighten\"\n\
             \x20     # Nobody but jobs of that branch: the subject is compared as a whole. Jobs that use an environment have another one.\n\
             \x20     AssumeRolePolicyDocument:\n{trust}\
             \x20     Policies:\n\
             \x20       # What tighten calls, and nothing else. None of it changes anything.\n\
             \x20       - PolicyName: \"tighten\"\n\
             \x20         PolicyDocument:\n{policy}\
             Outputs:\n\
             \x20 RoleArn:\n\
             \x20   Description: \"For role-to-assume of aws-actions/configure-aws-credentials\"\n\
             \x20   Value: !GetAtt Tighten.Arn\n"
        )
    }

    fn head(&self) -> String {
        let Self { repository, branch, .. } = self;
        format!(
            "# The role of a scheduled job that runs tighten, for branch {branch} of {repository}.\n\
             # The job needs `permissions: id-token: write`."
        )
    }
}

/// A document as Terraform's text over several lines, in which `${` and `%{` would be its own.
fn heredoc(document: &PolicyDocument) -> String {
    let text = document.to_string_indented(Indent::Two).replace("${", "$${").replace("%{", "%%{");
    let lines: Vec<String> = text.lines().map(|line| format!("    {line}\n")).collect();
    format!("<<-JSON\n{}  JSON", lines.concat())
}
