//! `tighten template`: the policy that deploying, updating and destroying a stack takes.

mod convert;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::ValueEnum;
use tighten_report::deployment::{DeploymentReport, SCHEMA_VERSION, StackReport};
use tighten_report::format::{json, markdown, text};
use tighten_template::{Application, Target};

use crate::config;
use crate::error::Explained;
use crate::exit::Exit;
use crate::terminal::{Terminal, write_out};
use crate::write::OutDir;

/// Print the policy that deploying, updating and destroying a stack takes, before it was ever deployed.
///
/// Reads CloudFormation and SAM templates, YAML or JSON, and the directory that `cdk synth` writes. The permissions are those
/// that the handlers of CloudFormation use for the types of the template, on the resources that it names.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct TemplateArgs {
    /// A template, or the directory that `cdk synth` writes.
    #[arg(value_name = "FILE|DIR")]
    path: PathBuf,
    #[command(flatten)]
    target: TargetArgs,
    /// Make a policy of its own for a role of CloudFormation's, which then needs what the resources take.
    #[arg(long, value_name = "SERVICE", help_heading = "Policies")]
    service_role: Option<ServiceRoleChoice>,
    /// Where code and templates are uploaded before the deployment; adds the upload. Repeatable.
    #[arg(long, value_name = "s3://BUCKET/PREFIX", help_heading = "Policies")]
    artifacts: Vec<String>,
    #[command(flatten)]
    output: TemplateOutputArgs,
}

/// Where the stack is deployed.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Target")]
struct TargetArgs {
    /// The stack's name; without it, that of the manifest of `cdk synth`, or of the file. With a manifest of several stacks,
    /// only this one.
    #[arg(long, value_name = "NAME")]
    stack: Option<String>,
    /// The account; `*` unless a manifest tells.
    #[arg(long, value_name = "ID")]
    account: Option<String>,
    /// The region; `*` unless a manifest tells.
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// The value of a parameter of the template. Repeatable.
    #[arg(long = "parameter", value_name = "NAME=VALUE")]
    parameters: Vec<String>,
}

/// What is written, and how.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Output")]
struct TemplateOutputArgs {
    /// What stdout carries.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: TemplateFormat,
    /// Whose policy `--format policy` prints.
    #[arg(long = "for", value_name = "WHOM", default_value = "caller")]
    needed_by: NeededBy,
    /// Write each policy as DIR/policies/STACK/WHOM.json, and DIR/report.json.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// End with 1 if there are findings of severity `warning` or above.
    #[arg(long)]
    exit_code: bool,
}

/// The services that deployments can be left to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ServiceRoleChoice {
    /// A role that CloudFormation assumes.
    Cloudformation,
}

/// What stdout carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TemplateFormat {
    /// A summary to read.
    Text,
    /// Everything, field by field as in the documentation.
    Json,
    /// The summary, for a comment on a change.
    Markdown,
    /// One policy, ready to be used.
    Policy,
}

/// Who needs a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum NeededBy {
    /// Whoever deploys.
    Caller,
    /// The role that CloudFormation deploys with.
    Cloudformation,
    /// Whoever prepares the account.
    Once,
}

impl NeededBy {
    fn as_str(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Cloudformation => "cloudformation",
            Self::Once => "once",
        }
    }
}

/// Runs the command.
pub(crate) fn run(args: TemplateArgs, terminal: Terminal) -> Result<Exit> {
    let TemplateArgs { path, target, service_role, artifacts, output } = args;
    let application = read(&path, target.stack.as_deref())?;
    let target = target.checked(application.stacks.len() == 1)?;
    let form = convert::Form { split: service_role.is_some(), artifacts: convert::artifacts(&artifacts)? };
    let stacks: Vec<StackReport> =
        application.stacks.iter().map(|stack| convert::report(stack, &target, &form)).collect();
    let report = DeploymentReport { schema_version: SCHEMA_VERSION, stacks };
    if let Some(out) = &output.out {
        write(&report, out)?;
    }
    match output.format {
        TemplateFormat::Text => write_out(|out| text::write(&report.page(), terminal.style, out))?,
        TemplateFormat::Markdown => write_out(|out| markdown::write(&report.page(), out))?,
        TemplateFormat::Json => write_out(|out| json::write_pretty(&report, out))?,
        TemplateFormat::Policy => policy(&report, output.needed_by)?,
    }
    let has_warnings = report.stacks.iter().any(StackReport::has_warnings);
    Ok(if output.exit_code && has_warnings { Exit::Findings } else { Exit::Done })
}

fn read(path: &Path, stack: Option<&str>) -> Result<Application> {
    let tip = "give a CloudFormation or SAM template, or the directory that `cdk synth` writes";
    let mut application = Application::read(path).map_err(|error| Explained::of(error, tip))?;
    if application.stacks.len() > 1
        && let Some(name) = stack
    {
        let names: Vec<String> =
            application.stacks.iter().map(|one| one.name.clone().unwrap_or_else(|| one.file_stem())).collect();
        application.stacks.retain(|one| one.name.as_deref().unwrap_or(&one.file_stem()) == name);
        if application.stacks.is_empty() {
            let message = format!("`{}` has no stack `{name}`", path.display());
            return Err(Explained::new(message, format!("it has {}", names.join(", "))).into());
        }
    }
    Ok(application)
}

impl TargetArgs {
    /// What was given, if it can be.
    fn checked(self, is_one: bool) -> Result<Target> {
        let legal = |name: &String| {
            name.starts_with(|c: char| c.is_ascii_alphabetic())
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        };
        if let Some(name) = self.stack.as_ref().filter(|name| !legal(name)) {
            let tip = "it has letters, digits and hyphens, and begins with a letter";
            return Err(Explained::new(format!("`--stack {name}` is not the name of a stack"), tip).into());
        }
        let parameter = |text: &String| match text.split_once('=') {
            Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
            _ => Err(Explained::new(format!("`--parameter {text}` has no value"), "write it as NAME=VALUE")),
        };
        let region = self.region.map(|text| config::region(&text)).transpose()?;
        Ok(Target {
            stack: self.stack.filter(|_| is_one),
            partition: region.as_deref().map(|region| partition(region).to_owned()),
            account: self.account.map(|text| config::account(&text)).transpose()?,
            region,
            parameters: self.parameters.iter().map(parameter).collect::<Result<_, _>>()?,
        })
    }
}

fn partition(region: &str) -> &'static str {
    tighten_iam::Partition::of_region(region).as_str()
}

/// Prints the policy of the one stack.
fn policy(report: &DeploymentReport, needed_by: NeededBy) -> Result<()> {
    let [stack] = &report.stacks[..] else {
        let names: Vec<&str> = report.stacks.iter().map(|stack| stack.stack.as_str()).collect();
        let tip = format!("choose one with `--stack`: {}; or write all with `--out`", names.join(", "));
        return Err(Explained::new("there is a policy for each of several stacks", tip).into());
    };
    let document = stack.documents.iter().find(|document| document.needed_by == needed_by.as_str());
    let Some(document) = document else {
        let others: Vec<&str> = stack.documents.iter().map(|document| document.needed_by).collect();
        let message = format!("nothing is needed by `{}`", needed_by.as_str());
        return Err(Explained::new(message, format!("there is a policy for {}", others.join(", "))).into());
    };
    match &document.policies[..] {
        [policy] => write_out(|out| json::write_pretty(policy, out)),
        policies => {
            let message = format!("the permissions do not fit into one managed policy: there are {}", policies.len());
            Err(Explained::new(message, "write them with `--out DIR`, and attach all of them").into())
        }
    }
}

fn write(report: &DeploymentReport, folder: &Path) -> Result<()> {
    let mut out = OutDir::open(folder)?;
    for stack in &report.stacks {
        for document in &stack.documents {
            for (number, policy) in (1..).zip(&document.policies) {
                let number = if document.policies.len() == 1 { String::new() } else { format!(".{number}") };
                let name = tighten_report::component(&stack.stack);
                out.write(&format!("policies/{name}/{}{number}.json", document.needed_by), &pretty(policy)?)?;
            }
        }
    }
    out.write(tighten_report::REPORT_FILE, &pretty(report)?)
}

/// JSON as it is written to files.
fn pretty<T: serde::Serialize + ?Sized>(value: &T) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    json::write_pretty(value, &mut bytes).context("cannot write JSON")?;
    Ok(bytes)
}
