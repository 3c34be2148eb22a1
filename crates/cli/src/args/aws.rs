//! How the account is reached.

use clap::Args;
use tighten_aws::AccessOptions;

/// How AWS is reached, where a source or a policy is to be read from there.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "AWS")]
pub(crate) struct AwsArgs {
    /// The AWS profile whose credentials and region count, whatever the environment has.
    ///
    /// By default credentials are looked for as the AWS CLI does: environment, profile, web identity, container, instance.
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Assume this role first, such as one that may read the bucket of another account.
    #[arg(long, value_name = "ARN")]
    pub(crate) role_arn: Option<String>,
    /// The external id that the trust policy of the role demands.
    #[arg(long, value_name = "ID", requires = "role_arn")]
    pub(crate) external_id: Option<String>,
    /// The region that requests go to; by default that of the environment or of the profile. A bucket's own region is found.
    #[arg(long, value_name = "REGION")]
    pub(crate) aws_region: Option<String>,
    /// Send requests there instead of to AWS.
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
}

impl From<AwsArgs> for AccessOptions {
    fn from(args: AwsArgs) -> Self {
        Self {
            profile: args.profile,
            role_arn: args.role_arn,
            external_id: args.external_id,
            region: args.aws_region,
            endpoint_url: args.endpoint_url,
        }
    }
}
