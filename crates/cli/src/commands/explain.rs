//! `tighten explain`: why does a principal have an action?

mod action;

use anyhow::Result;
use tighten_catalog::Catalog;
use tighten_iam::{ActionName, ResourcePattern};
use tighten_report::explain::{ExplainReport, Explained as Reported, explain as report};
use tighten_synthesis::explain::{Explanation, Policies, Question, explain};
use tighten_synthesis::narrow::{CurrentPolicy, narrow};
use tighten_synthesis::{AcceptedRisk, Observation, Subject, generate};

use crate::args::{Format, InputArgs, NarrowArgs, OutputArgs, ResourceLevel};
use crate::config::InputConfig;
use crate::current::{self, Current};
use crate::error::Explained;
use crate::exit::Exit;
#[cfg(feature = "aws")]
use crate::live;
use crate::narrowing::Narrowing;
use crate::principals::{choose_one, has_policies};
use crate::read::Read;
use crate::settings::settings;
use crate::terminal::{Terminal, print};

/// Tell why a principal has an action, keeps it or loses it: statements, records, and what decided.
///
/// With the policies of today (--current, --account-authorization-details), what becomes of the action in each statement;
/// without them, why the policy that `analyze` generates allows it or not.
#[derive(Debug, Clone, clap::Args)]
#[command(
    mut_arg("principals", |arg| arg.hide(true)),
    mut_arg("all", |arg| arg.hide(true)),
    mut_arg("holdout", |arg| arg.hide(true)),
    mut_arg("details", |arg| arg.hide(true))
)]
#[cfg_attr(
    feature = "aws",
    command(
        mut_arg("simulate", |arg| arg.hide(true)),
        mut_arg("check_no_new_access", |arg| arg.hide(true))
    )
)]
pub(crate) struct ExplainArgs {
    /// The role or user: its name or ARN, `*` and `?` allowed where one alone matches.
    #[arg(value_name = "PRINCIPAL")]
    principal: String,
    /// The IAM action, such as `s3:GetObject`.
    #[arg(value_name = "ACTION")]
    action: String,
    /// The ARN of a resource, or a pattern of ARNs: whether the action is allowed on it.
    #[arg(value_name = "RESOURCE")]
    resource: Option<String>,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    narrow: NarrowArgs,
    /// How far the resources of policies are generalised; `auto` unless the settings say otherwise.
    #[arg(long, value_name = "LEVEL", help_heading = "Output")]
    resources: Option<ResourceLevel>,
    /// Names that start with this become one pattern, `PREFIX*`, in any region and account. Repeatable.
    #[arg(long = "name-prefix", value_name = "PREFIX", help_heading = "Output")]
    name_prefixes: Vec<String>,
    /// The share of the calls of the next 30 days that may fall outside of a policy; `0.5%` unless the settings say otherwise.
    #[arg(long, value_name = "PERCENT", help_heading = "Output")]
    risk: Option<AcceptedRisk>,
    /// What stdout carries.
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    format: Format,
}

/// What is asked, and what is left to say if the catalog does not know the action.
struct Asked {
    action: ActionName,
    resource: Option<ResourcePattern>,
    unknown: Option<anyhow::Error>,
}

/// Runs the command.
pub(crate) fn run(args: ExplainArgs, terminal: Terminal) -> Result<Exit> {
    refuse_idle(&args)?;
    let catalog = Catalog::embedded();
    let (action, unknown) = action::named(catalog, args.action.trim())?;
    let resource = args.resource.as_deref().map(resource).transpose()?;
    let asked = Asked { action, resource, unknown };
    let output = OutputArgs {
        resources: args.resources,
        name_prefixes: args.name_prefixes,
        risk: args.risk,
        out: None,
        format: None,
        exit_code: false,
    };
    #[cfg_attr(not(feature = "aws"), expect(unused_mut, reason = "only AWS has something to add"))]
    let (mut settings, output) = settings(args.narrow, output)?;
    let mut input = InputConfig::new(InputArgs { principals: vec![args.principal], ..args.input }, terminal)?;
    let current = current::read(&settings, &input, terminal)?;
    if let Some(error) = asked.unknown
        && !current.as_ref().is_some_and(|current| current.names(&asked.action))
    {
        return Err(error);
    }
    let selectors = current::selectors(&settings)?;
    input.ask_account(current.as_ref().is_some_and(Current::is_of_accounts), terminal)?;
    let selectors = input.recorded(selectors);
    let mut read = Read::new(input, terminal)?;
    let principal = choose_one(current.as_ref(), &mut read.usage, &read.input)?;
    #[cfg(feature = "aws")]
    if let Some(current) = current.as_ref().filter(|_| settings.asked.last_accessed) {
        live::ask(&mut settings, current, &[principal.clone()].into(), &read.input.account, terminal)?;
    }
    let subject = Subject::of_entity(&read.usage, &principal, &settings.service_roles);
    if let Some(refused) = subject.mostly_refused.as_ref().filter(|refused| refused.left_out.contains(&asked.action)) {
        terminal.note(&format!(
            "warning: {} of {} calls were refused, so only those that succeeded count as use: failed calls alone would show {}",
            refused.refused, refused.calls, asked.action
        ));
    }
    let (coverage, regions) = (&read.usage.coverage, &read.input.fold.regions);
    let observation = Observation::new(catalog, coverage, selectors.as_ref(), regions);
    let question = Question {
        catalog,
        subject: &subject,
        action: &asked.action,
        resource: asked.resource.as_ref(),
        paths: &read.paths,
        observation: &observation,
    };
    let narrowing = Narrowing { read: &read, settings: &settings, selectors: selectors.as_ref() };
    let (explanation, policies) = if let Some(current) = current.as_ref().filter(|_| has_policies(&principal)) {
        of_current(&question, narrowing, current)?
    } else {
        let proposal = generate(catalog, &subject, &read.paths, &output.options);
        (explain(&question, Policies::Generated(&proposal)), Vec::new())
    };
    let report = report(Reported {
        version: env!("CARGO_PKG_VERSION"),
        catalog,
        window: read.input.fold.window,
        pruned: read.pruned(),
        usage: &read.usage,
        policies: &policies,
        explanation: &explanation,
    });
    print(&report, ExplainReport::page, args.format, terminal)?;
    let unreadable = current.as_ref().map_or(0, Current::unreadable);
    Ok(read.end(unreadable, terminal))
}

/// Options of narrowing that would have no effect on the explanation of one action.
fn refuse_idle(args: &ExplainArgs) -> Result<()> {
    let idle = [
        (!args.input.principals.is_empty(), "--principal", "the principal is the first word after `explain`"),
        (args.narrow.all, "--all", "one principal is explained at a time"),
        (args.narrow.holdout.is_some(), "--holdout", "`tighten analyze` replays the last days"),
        (args.narrow.details, "--details", "the explanation of one action is always in full"),
        #[cfg(feature = "aws")]
        (args.narrow.asked.simulate, "--simulate", "`tighten analyze` asks the simulator"),
        #[cfg(feature = "aws")]
        (args.narrow.asked.check_no_new_access, "--check-no-new-access", "`tighten analyze` asks Access Analyzer"),
    ];
    match idle.into_iter().find(|(is_given, ..)| *is_given) {
        Some((_, flag, tip)) => Err(Explained::new(format!("`{flag}` has no effect on `tighten explain`"), tip).into()),
        None => Ok(()),
    }
}

fn resource(text: &str) -> Result<ResourcePattern> {
    text.trim().parse().map_err(|error| {
        let tip = "give an ARN, such as `arn:aws:s3:::bucket/key`; `*` and `?` are allowed";
        Explained::new(format!("`{text}` is no resource"), tip).because(error).into()
    })
}

/// Narrows the policies of today, and explains what became of the action.
fn of_current(
    question: &Question<'_>,
    narrowing: Narrowing<'_>,
    current: &Current,
) -> Result<(Explanation, Vec<CurrentPolicy>)> {
    let explained = narrowing.with_input(current, &question.subject.principal, |input, options| {
        let narrowed = narrow(input, options).map_err(|error| Explained::defect(error.to_string()))?;
        let explanation = explain(question, Policies::Current { input, options, narrowed: &narrowed });
        anyhow::Ok((explanation, input.policies.to_vec()))
    });
    explained.ok_or_else(|| Explained::defect("no principal was chosen"))?
}
