//! What the account tells of its trails, and its event history.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use indicatif::{HumanDuration, ProgressBar, ProgressStyle};
use jiff::Timestamp;
use tighten_aws::{
    History, HistoryError, HistoryProgress, HistoryRequest, LostSpan, S3Address, TrailDescription, TrailError,
    TrailStatus,
};
use tighten_iam::{Principal, PrincipalKind};
use tighten_synthesis::{Finding, FindingCode};
use tighten_trail::{ObjectName, SkipReason};

use crate::config::{InputConfig, disjoint};
use crate::error::Explained;
use crate::terminal::Terminal;

/// Reads the event history, if it is wanted. `whole_accounts` says that it matters what principals do who
/// were not asked for, because they hold policies that are narrowed.
pub(crate) fn ask(input: &mut InputConfig, whole_accounts: bool, terminal: Terminal) -> Result<()> {
    if input.from_account.event_history {
        read_history(input, whole_accounts, terminal)?;
    }
    Ok(())
}

/// Finds the trails that are wanted: a misspelt name is told before anything is read that takes long.
pub(crate) fn find(mut input: InputConfig, terminal: Terminal) -> Result<InputConfig> {
    let mut told: BTreeSet<String> = BTreeSet::new();
    let mut trails: Vec<TrailDescription> = Vec::new();
    for name in std::mem::take(&mut input.from_account.trails) {
        let trail = TrailDescription::find(input.account.connection()?, &name).map_err(unknown)?;
        if told.insert(trail.arn.clone()) {
            trails.push(trail);
        }
    }
    for mut trail in trails {
        // What is read as well is no other trail, and each of these is told once.
        trail.others.retain(|other| told.insert(other.clone()));
        let address = S3Address::new(trail.bucket.as_str(), trail.prefix.as_str());
        terminal.note(&format!("{} delivers to {address}", trail.arn));
        input.findings.extend(findings(&trail, input.fold.window.since));
        input.selectors = input.recorded(Some(trail.selectors));
        input.sources.buckets.push(address);
    }
    disjoint(&mut input.sources.buckets);
    Ok(input)
}

fn unknown(error: TrailError) -> Explained {
    let tip = error.tip();
    Explained::of(error, tip)
}

/// What a reader should know of a trail.
fn findings(trail: &TrailDescription, since: Option<Timestamp>) -> Vec<Finding> {
    let about = |code| Finding::new(code).with("trail", trail.arn.as_str());
    let TrailStatus { is_logging, started, stopped, delivery_error } = &trail.status;
    let mut findings = Vec::new();
    if !is_logging {
        let finding = about(FindingCode::TrailStopped);
        findings.push(match stopped {
            Some(stopped) => finding.with("since", stopped.to_string()),
            None => finding,
        });
    }
    if let (Some(since), Some(started)) = (since, started)
        && *started > since
    {
        let finding = about(FindingCode::TrailStartedLate).with("started", started.to_string());
        findings.push(finding.with("window", since.to_string()));
    }
    if let Some(error) = delivery_error {
        findings.push(about(FindingCode::TrailDeliveryError).with("error", error.as_str()));
    }
    if trail.leaves_out_own_deliveries {
        findings.push(about(FindingCode::TrailNotRecursive));
    }
    if !trail.others.is_empty() {
        findings.push(about(FindingCode::OtherTrails).with_list("others", &trail.others));
    }
    findings
}

fn read_history(input: &mut InputConfig, whole_accounts: bool, terminal: Terminal) -> Result<()> {
    let window = input.fold.window;
    let request = HistoryRequest {
        since: window.since,
        until: window.until,
        regions: input.fold.regions.iter().cloned().collect(),
        username: if whole_accounts { None } else { one_user(&input.patterns) },
        folder: input.from_account.event_history_dir.clone(),
    };
    let connection = input.account.connection()?;
    if let Some(name) = &request.username {
        terminal.note(&format!("only the events of user {name} are asked for"));
    }
    let display = Display::new(terminal);
    let shown = display.clone();
    let history = History::read(connection, &request, move |progress| shown.show(progress)).map_err(unread);
    display.clear();
    let history = history?;
    if !history.disabled.is_empty() {
        terminal.note(&format!("not enabled in this account: {}", history.disabled.join(", ")));
    }
    for LostSpan { region, span, error } in &history.lost {
        let name = format!("event-history/{region} from {} to {}", span.since(), span.until());
        input.sources.history.skip(ObjectName::from(name), SkipReason::Unreadable(error.to_string()));
    }
    let finding = Finding::new(FindingCode::EventHistory);
    let finding = finding.with("from", history.span.since().to_string()).with("to", history.span.until().to_string());
    let finding = finding.with("regions", history.regions.len()).with_list("disabled", &history.disabled);
    input.findings.push(match &history.username {
        Some(name) => finding.with("user", name.as_str()),
        None => finding,
    });
    let selectors = history.selectors().map_err(|error| Explained::defect(error.to_string()))?;
    input.selectors = input.recorded(Some(selectors));
    input.sources.history.objects.extend(history.objects);
    Ok(())
}

fn unread(error: HistoryError) -> Explained {
    let tip = error.tip();
    Explained::of(error, tip)
}

/// The user that alone is asked for. Of a role AWS keeps the name of each session, so it cannot be asked for; and a bare name may be
/// that of a role.
fn one_user(patterns: &[String]) -> Option<String> {
    let [only] = patterns else { return None };
    if only.contains(['*', '?']) {
        return None;
    }
    let principal = Principal::from_arn(only).ok()?;
    (principal.kind() == PrincipalKind::User).then(|| principal.name().to_owned())
}

/// How far it is, drawn where somebody watches.
#[derive(Clone)]
struct Display {
    bar: Option<ProgressBar>,
    /// Where nobody watches, it is said from time to time.
    terminal: Terminal,
    told: Arc<Mutex<Instant>>,
}

/// How often it is said where nothing can be drawn.
const PAUSE: Duration = Duration::from_mins(1);

impl Display {
    fn new(terminal: Terminal) -> Self {
        let bar = terminal.shows_progress().then(|| {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("  {spinner} {wide_msg}") {
                bar.set_style(style);
            }
            bar
        });
        Self { bar, terminal, told: Arc::new(Mutex::new(Instant::now())) }
    }

    fn show(&self, progress: HistoryProgress) {
        let message = message(progress);
        if let Some(bar) = &self.bar {
            bar.set_message(message);
            bar.tick();
            return;
        }
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.elapsed() >= PAUSE {
            *told = Instant::now();
            self.terminal.note(&message);
        }
    }

    fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn message(progress: HistoryProgress) -> String {
    let HistoryProgress { regions_done, regions, pages, left } = progress;
    let requests = if pages == 1 { "request" } else { "requests" };
    let left =
        left.map_or_else(|| "time left not known yet".to_owned(), |left| format!("about {} left", HumanDuration(left)));
    format!("event history: {regions_done} of {regions} regions, {pages} {requests}, {left}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_user_in_full_is_asked_for_alone() {
        let of = |patterns: &[&str]| one_user(&patterns.iter().map(|&one| one.to_owned()).collect::<Vec<_>>());
        let ada = "arn:aws:iam::111122223333:user/ops/ada";
        assert_eq!(of(&[ada]).as_deref(), Some("ada"));
        for others in [
            &[][..],
            &["ada"],
            &["arn:aws:iam::111122223333:user/ops/a*"],
            &["arn:aws:iam::111122223333:role/deploy"],
            &["arn:aws:sts::111122223333:assumed-role/deploy/ada"],
            &[ada, "arn:aws:iam::111122223333:user/bob"],
        ] {
            assert_eq!(of(others), None, "{others:?}");
        }
    }

    #[test]
    fn the_time_left_is_told_once_it_is_known() {
        let progress = HistoryProgress { regions_done: 1, regions: 3, pages: 1, left: None };
        assert_eq!(message(progress), "event history: 1 of 3 regions, 1 request, time left not known yet");
        let later = HistoryProgress { pages: 20, left: Some(Duration::from_secs(130)), ..progress };
        assert_eq!(message(later), "event history: 1 of 3 regions, 20 requests, about 2 minutes left");
    }
}
