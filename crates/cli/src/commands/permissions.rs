//! `tighten permissions`: what tighten itself takes in an account.

use std::io::Write;

use anyhow::Result;
use clap::ValueEnum;
use clap::builder::PossibleValue;
use tighten_aws::permissions::role::JobRole;
use tighten_aws::permissions::{self, Granted};
use tighten_aws::{Preset, S3Address, Scope};
use tighten_iam::Arn;
use tighten_report::format::{json, text};
use tighten_report::page::{Block, Cell, Column, Page, Prose, Row, Table, Title, Width};
use tighten_report::prose;

use crate::config;
use crate::error::Explained;
use crate::exit::Exit;
use crate::terminal::{Terminal, write_out};

/// Print the permissions that tighten itself takes in an account, and why: a table, a policy, or a job's role.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct PermissionsArgs {
    /// The part of tighten that is used. Repeatable.
    #[arg(long = "preset", value_name = "PART", default_value = "full")]
    presets: Vec<PresetChoice>,
    /// Only this service, as IAM writes it: s3, kms, cloudtrail, iam, access-analyzer. Repeatable.
    #[arg(long = "service", value_name = "SERVICE")]
    services: Vec<String>,
    #[command(flatten)]
    scope: ScopeArgs,
    #[command(flatten)]
    form: FormArgs,
}

/// What the permissions are narrowed to.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Scope")]
struct ScopeArgs {
    /// The bucket that holds the logs. Repeatable.
    #[arg(long = "bucket", value_name = "NAME")]
    buckets: Vec<String>,
    /// What the keys of the logs begin with, such as `AWSLogs/111122223333/`. Repeatable.
    #[arg(long = "prefix", value_name = "PREFIX")]
    prefixes: Vec<String>,
    /// The KMS key that the logs are encrypted with; without one, `kms:Decrypt` is left out. Repeatable.
    #[arg(long = "kms-key", value_name = "ARN")]
    keys: Vec<String>,
    /// The account whose trails and principals are looked at. Repeatable.
    #[arg(long = "account", value_name = "ID")]
    accounts: Vec<String>,
    /// The trail. Repeatable.
    #[arg(long = "trail", value_name = "ARN")]
    trails: Vec<String>,
    /// The region of trails and of the event history. Repeatable.
    #[arg(long = "region", value_name = "REGION")]
    regions: Vec<String>,
}

/// What is printed.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Output")]
#[group(multiple = true)]
struct FormArgs {
    /// Print the policy, ready to paste.
    #[arg(long, conflicts_with_all = ["terraform", "cloudformation"])]
    json: bool,
    /// Print the role of a scheduled job on GitHub Actions as Terraform.
    #[arg(long, conflicts_with = "cloudformation", requires = "github")]
    terraform: bool,
    /// Print that role as a CloudFormation template.
    #[arg(long, requires = "github")]
    cloudformation: bool,
    /// The repository whose jobs may assume the role.
    #[arg(long, value_name = "OWNER/REPO")]
    github: Option<String>,
    /// The branch that these jobs run on.
    #[arg(long, value_name = "BRANCH", default_value = "main", requires = "github")]
    branch: String,
}

/// A part of tighten, as it is written on the command line.
#[derive(Debug, Clone, Copy)]
struct PresetChoice(Preset);

const PRESETS: [PresetChoice; Preset::ALL.len()] = {
    let mut choices = [PresetChoice(Preset::Local); Preset::ALL.len()];
    let mut rest: &[Preset] = &Preset::ALL;
    let mut slots: &mut [PresetChoice] = &mut choices;
    while let ([preset, others @ ..], [slot, free @ ..]) = (rest, slots) {
        *slot = PresetChoice(*preset);
        (rest, slots) = (others, free);
    }
    choices
};

impl ValueEnum for PresetChoice {
    fn value_variants<'a>() -> &'a [Self] {
        &PRESETS
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.0.name()).help(self.0.about()))
    }
}

/// Runs the command.
pub(crate) fn run(args: PermissionsArgs, terminal: Terminal) -> Result<Exit> {
    let presets: Vec<Preset> = args.presets.iter().map(|choice| choice.0).collect();
    let scope = scope(args.scope)?;
    let mut granted = permissions::granted(&presets, &scope)?;
    only(&mut granted, &args.services)?;
    let FormArgs { json, terraform, cloudformation, github, branch } = args.form;
    if !json && !terraform && !cloudformation {
        let page = page(&presets, &granted, &scope);
        write_out(|out| text::write(&page, terminal.style, out))?;
        return Ok(Exit::Done);
    }
    if granted.is_empty() {
        let tip = "`--preset local` and `--preset pull-request` read files and call a forge; no policy is needed";
        return Err(Explained::new("nothing in an account is needed, so there is no policy to print", tip).into());
    }
    let document = permissions::document(&granted);
    if json {
        write_out(|out| json::write_pretty(&document, out))?;
        return Ok(Exit::Done);
    }
    let repository = github.unwrap_or_default();
    let role = JobRole::new(&repository, &branch, document).ok_or_else(|| {
        let tip = "they are compared as a whole, so wildcards are no use: `--github acme/infra --branch main`";
        Explained::new(format!("`{repository}` and `{branch}` are not a repository and a branch"), tip)
    })?;
    let written = if cloudformation { role.cloudformation() } else { role.terraform() };
    write_out(|out| out.write_all(written.as_bytes()))?;
    Ok(Exit::Done)
}

/// Leaves the permissions of these services.
fn only(granted: &mut Vec<Granted>, services: &[String]) -> Result<()> {
    let known = permissions::services();
    if let Some(odd) = services.iter().find(|service| !known.contains(&service.as_str())) {
        let tip = format!("it calls {}", known.join(", "));
        return Err(Explained::new(format!("tighten does not call `{odd}`"), tip).into());
    }
    if !services.is_empty() {
        granted.retain(|one| services.iter().any(|service| service == one.service()));
    }
    Ok(())
}

fn scope(args: ScopeArgs) -> Result<Scope> {
    for bucket in &args.buckets {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        if !(3..=255).contains(&bucket.len()) || !bucket.bytes().all(legal) {
            let tip = "give its name alone; `--prefix` is for what comes after it";
            return Err(Explained::new(format!("`--bucket {bucket}` is not the name of a bucket"), tip).into());
        }
    }
    if !args.prefixes.is_empty() && args.buckets.is_empty() {
        return Err(Explained::new("`--prefix` without a bucket", "give the bucket with `--bucket`").into());
    }
    let scope = Scope {
        buckets: args.buckets,
        prefixes: args.prefixes.iter().map(|prefix| S3Address::new("", prefix.as_str()).prefix().to_owned()).collect(),
        keys: args.keys.iter().map(|text| arn("--kms-key", text, "kms", "key/")).collect::<Result<_>>()?,
        accounts: args.accounts.iter().map(|text| config::account(text)).collect::<Result<_>>()?,
        trails: args.trails.iter().map(|text| arn("--trail", text, "cloudtrail", "trail/")).collect::<Result<_>>()?,
        regions: args.regions.iter().map(|text| config::region(text)).collect::<Result<_>>()?,
    };
    let partition = scope.partition();
    let mut given = scope.keys.iter().chain(&scope.trails);
    if let Some(other) = given.find(|arn| arn.partition() != partition) {
        let message = format!("`{other}` is not in the partition `{partition}` as the rest is");
        return Err(Explained::new(message, "print a policy for each of them").into());
    }
    Ok(scope)
}

fn arn(option: &str, text: &str, service: &str, kind: &str) -> Result<Arn> {
    let fits = |arn: &Arn| {
        arn.service() == service
            && arn.resource().starts_with(kind)
            && !arn.region().is_empty()
            && !arn.resource().contains(['*', '?', '$'])
    };
    text.trim().parse::<Arn>().ok().filter(fits).ok_or_else(|| {
        let tip =
            format!("it looks like arn:aws:{service}:eu-west-1:111122223333:{kind}…; a name or an alias is not enough");
        Explained::new(format!("`{option} {text}` is not such an ARN"), tip).into()
    })
}

fn page(presets: &[Preset], granted: &[Granted], scope: &Scope) -> Page {
    let mut page = Page::new("Permissions");
    let names: Vec<&str> = presets.iter().map(|preset| preset.name()).collect();
    let names = names.join(", ");
    let about = match granted.len() {
        0 => format!("`{names}` takes nothing in the account"),
        1 => format!("`{names}` takes 1 permission, which changes nothing"),
        count => format!("`{names}` takes {count} permissions, none of which changes anything"),
    };
    page.blocks.push(Block::Title(Title { lead: "Permissions".into(), about: about.into() }));
    if granted.is_empty() {
        return page;
    }
    let columns = [("preset", Width::Short), ("call", Width::Short), ("action", Width::Short), ("on", Width::Long)];
    let rows = granted.iter().map(|one| {
        let on: Vec<String> = one.resources.iter().map(ToString::to_string).collect();
        let mut note = prose![one.why];
        for condition in one.conditions.iter() {
            let values: Vec<_> = condition.values().collect();
            note.push(prose![", where ", condition.key.to_owned(), " is ", Prose::data(values.join(" or "))]);
        }
        let preset = one.call.preset.name();
        let cells = [preset.into(), one.call.operation.into(), one.call.action.into(), Prose::data(on.join(", "))];
        Row { cells: cells.map(Cell::Text).into(), note }
    });
    let columns = columns.map(|(name, width)| Column { name, width }).into();
    page.blocks.push(Block::Table(Table { columns, rows: rows.collect() }));
    let reads_objects = granted.iter().any(|one| one.call.action == "s3:GetObject");
    if reads_objects && scope.keys.is_empty() {
        page.blocks.push(Block::Note(
            "Logs that are encrypted with a KMS key take its `kms:Decrypt`, too: give `--kms-key ARN`.".into(),
        ));
    }
    page.blocks
        .push(Block::Note("`--json` prints the policy; `--terraform` and `--cloudformation` a job's role.".into()));
    page
}

#[cfg(test)]
mod tests {
    use tighten_catalog::Catalog;

    use super::*;

    /// What IAM does not know it refuses, and an action on a resource that it does not take grants nothing.
    #[test]
    fn the_catalog_knows_every_action_and_resource() {
        let key = arn("--kms-key", "arn:aws:kms:eu-west-1:111122223333:key/1", "kms", "key/").unwrap();
        let scope = Scope { keys: vec![key], ..Scope::default() };
        for one in permissions::granted(&[Preset::Full], &scope).unwrap() {
            let action = Catalog::embedded().action(&one.call.action.parse().unwrap()).unwrap();
            let everything = one.resources.iter().all(|resource| resource.as_str() == "*");
            assert_eq!(everything, action.resources.is_empty(), "{}", one.call.action);
        }
    }

    #[test]
    fn what_is_no_scope_is_refused() {
        assert!(arn("--trail", "main", "cloudtrail", "trail/").is_err());
        assert!(arn("--kms-key", "arn:aws:kms:eu-west-1:111122223333:alias/logs", "kms", "key/").is_err());
        assert!(arn("--trail", "arn:aws:cloudtrail:eu-west-1:111122223333:trail/*", "cloudtrail", "trail/").is_err());
    }
}
