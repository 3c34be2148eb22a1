//! `tighten catalog`: what is known about AWS.

mod action;
mod arn;
mod call;
mod info;
mod service;
mod sheet;

use anyhow::Result;
use tighten_catalog::Catalog;
use tighten_iam::{ActionName, ActionPattern, Arn};

use crate::error::Explained;
use crate::exit::Exit;
use crate::near::near;
use crate::terminal::{Terminal, write_out};
use sheet::Sheet;

/// Look up what is known about AWS services, actions, resources and API calls.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum CatalogCommand {
    /// Print what the catalog was made from and how much it holds.
    Info,
    /// Print what is known about an action, a service, a resource or an API call.
    Show(ShowArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct ShowArgs {
    /// An action (`s3:PutObject`, `s3:Get*`), a service (`s3`), a resource (`arn:aws:s3:::bucket/key`) or an API call
    /// (`s3.amazonaws.com/PutObject`, or two words: `s3 PutObject`).
    #[arg(required = true, num_args = 1..=2, value_name = "WHAT")]
    what: Vec<String>,
}

/// Runs the command.
pub(crate) fn run(command: CatalogCommand, terminal: Terminal) -> Result<Exit> {
    let catalog = Catalog::embedded();
    let mut sheet = Sheet::new(terminal.style);
    match command {
        CatalogCommand::Info => info::show(catalog, &mut sheet),
        CatalogCommand::Show(ShowArgs { what }) => show(catalog, what.join(" ").trim(), &mut sheet)?,
    }
    write_out(|out| sheet.write(out))?;
    Ok(Exit::Done)
}

fn show(catalog: &'static Catalog, what: &str, sheet: &mut Sheet) -> Result<()> {
    if let Ok(arn) = what.parse::<Arn>() {
        return arn::show(catalog, &arn, sheet);
    }
    if let Some((source, name)) = what.split_once('/').or_else(|| what.split_once(' ')) {
        return call::show(catalog, source.trim(), name.trim(), sheet);
    }
    if what.contains(':') {
        return actions(catalog, what, sheet);
    }
    if let Some(service) = catalog.service(what).or_else(|| catalog.service(catalog.rules().prefix(what)?)) {
        service::show(catalog, service, sheet);
        return Ok(());
    }
    Err(unknown(&format!("no service has the prefix `{what}`"), what, catalog.prefixes()))
}

fn actions(catalog: &'static Catalog, what: &str, sheet: &mut Sheet) -> Result<()> {
    let pattern: ActionPattern = what.parse()?;
    let prefix = what.split(':').next().unwrap_or_default();
    let Some(service) = catalog.service(prefix) else {
        return Err(unknown(&format!("no service has the prefix `{prefix}`"), prefix, catalog.prefixes()));
    };
    let name = |action: &tighten_catalog::Action| ActionName::new(service.prefix, action.name);
    let matching: Vec<_> =
        service.actions.iter().filter(|action| name(action).is_ok_and(|name| pattern.matches(&name))).collect();
    match matching.as_slice() {
        [] => {
            let wanted = what.split_once(':').map_or(what, |(_, name)| name);
            let names: Vec<String> = service.actions.iter().map(|action| action.name.to_owned()).collect();
            let found = near(wanted, names.iter().map(String::as_str), SUGGESTIONS);
            let found: Vec<String> = found.into_iter().map(|name| format!("{}:{name}", service.prefix)).collect();
            Err(suggest(&format!("there is no action `{what}`"), &found))
        }
        [action] => {
            action::show(catalog, service, action, sheet);
            Ok(())
        }
        several => {
            service::list_actions(service, several, sheet);
            Ok(())
        }
    }
}

const SUGGESTIONS: usize = 5;

fn unknown<'a>(message: &str, wanted: &str, names: impl IntoIterator<Item = &'a str>) -> anyhow::Error {
    let found: Vec<String> = near(wanted, names, SUGGESTIONS).into_iter().map(str::to_owned).collect();
    suggest(message, &found)
}

fn suggest(message: &str, found: &[String]) -> anyhow::Error {
    let tip = if found.is_empty() {
        "`tighten catalog show SERVICE` lists what a service has".to_owned()
    } else {
        format!("did you mean {}?", found.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))
    };
    Explained::new(message, tip).into()
}
