//! The file and the flags, together and alone.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;
use tighten_catalog::Catalog;
use tighten_synthesis::ResourceMode;
use tighten_synthesis::narrow::{Granularity, NarrowOptions, Unobservable, WithoutKnownCall};

use super::fields::fields;
use super::file::{KeepKeys, Keys, NeverGrantKeys, SettingsFile, TAKES};
use super::{NarrowSettings, TEMPLATE, merge};
use crate::args::{NarrowArgs, OutputArgs};
use crate::config::OutputConfig;

#[derive(Debug, Parser)]
struct Flags {
    #[command(flatten)]
    narrow: NarrowArgs,
    #[command(flatten)]
    output: OutputArgs,
}

fn settings(text: &str, flags: &[&str]) -> Result<(NarrowSettings, OutputConfig)> {
    let flags = Flags::try_parse_from([&["x"], flags].concat())?;
    let file = SettingsFile::parse("tighten.toml".to_owned(), text.to_owned(), PathBuf::from("dir"))?;
    merge(Catalog::embedded(), flags.narrow, flags.output, &file)
}

fn of_file(text: &str) -> NarrowSettings {
    settings(text, &[]).unwrap().0
}

/// What is said about a file, with the tip.
fn error(text: &str) -> String {
    said(&settings(text, &[]).unwrap_err())
}

fn said(error: &anyhow::Error) -> String {
    let mut out = Vec::new();
    crate::error::print(error, &mut out).unwrap();
    String::from_utf8(out).unwrap().trim_end().to_owned()
}

/// The template with every setting in force. Only one of the two ways to give policies can be.
fn everything() -> String {
    let lines = TEMPLATE.lines().filter(|line| !line.starts_with("#current"));
    let bare = |line: &str| match line.strip_prefix('#') {
        Some(setting) if !setting.starts_with(' ') => setting.to_owned(),
        _ => line.to_owned(),
    };
    lines.map(|line| bare(line) + "\n").collect()
}

#[test]
fn the_template_is_valid_as_it_is_and_with_every_setting_in_force() {
    let template = of_file(TEMPLATE);
    let expected = NarrowOptions { min_window: 30, grace: 14, ..NarrowOptions::default() };
    assert_eq!(template.options, expected);
    assert!(!template.has_current() && template.event_selectors.is_empty() && template.service_roles.is_empty());
    assert_eq!(template.holdout, None);
    let all = of_file(&everything());
    assert_eq!((all.options.keep.len(), all.options.never_grant.len(), all.options.defines.len()), (1, 2, 1));
    assert_eq!((all.holdout, all.service_roles.as_slice()), (Some(14), ["cloudformation".to_owned()].as_slice()));
    // What is commented out with one value stands at its default.
    let defaults = NarrowOptions::default();
    assert_eq!((all.options.granularity, all.options.unobservable), (defaults.granularity, defaults.unobservable));
    assert_eq!(all.options.without_known_call, defaults.without_known_call);
    assert_eq!(all.options.generate.resources, defaults.generate.resources);
    assert_eq!(all.options.generate.risk, defaults.generate.risk);
}

#[test]
fn every_key_is_in_the_template_has_a_flag_and_says_what_it_takes() {
    let mut flags = <Flags as clap::CommandFactory>::command();
    flags.build();
    let flags: BTreeSet<&str> = flags.get_arguments().filter_map(clap::Arg::get_long).collect();
    let lines: Vec<&str> = TEMPLATE.lines().map(|line| line.trim_start_matches('#')).collect();
    for key in fields::<Keys>() {
        let stands = [format!("{key} = "), format!("[{key}]"), format!("[[{key}]]")];
        assert!(lines.iter().any(|line| stands.iter().any(|text| line.starts_with(text))), "{key}");
        assert!(flags.contains(key), "--{key}");
        assert!(TAKES.iter().any(|(known, _)| known == key), "{key}");
    }
    for (section, keys) in [("keep", fields::<KeepKeys>()), ("never-grant", fields::<NeverGrantKeys>())] {
        assert!(!keys.is_empty());
        let head = format!("[[{section}]]");
        let body: Vec<&&str> =
            lines.iter().skip_while(|line| **line != head).take_while(|line| !line.is_empty()).collect();
        for key in keys {
            assert!(body.iter().any(|line| line.starts_with(&format!("{key} = "))), "{section}.{key}");
        }
    }
    for (key, _) in TAKES {
        let known = [fields::<Keys>(), fields::<KeepKeys>()].concat();
        assert!(known.contains(&key), "{key}");
    }
}

#[test]
fn flags_win_and_lists_add_up() {
    let text = r#"
        resources = "exact"
        name-prefix = "my-"
        risk = "1%"
        granularity = "action"
        unobservable = "drop"
        without-known-call = "keep"
        min-window = "30d"
        grace = "2w"
        holdout = "7d"
        service-role = "cloudformation.amazonaws.com"
        event-selectors = "a.json"
        current = ["p.json"]
        [define]
        REGION = "eu-west-1"
        STAGE = "prod"
        [[keep]]
        action = ["s3:Get*", "sqs:*"]
        resource = ["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"]
        reason = "backups"
    "#;
    let (file, output) = settings(text, &[]).unwrap();
    assert_eq!((file.options.granularity, file.options.unobservable), (Granularity::Action, Unobservable::Drop));
    assert_eq!(file.options.without_known_call, WithoutKnownCall::Keep);
    assert_eq!((file.options.min_window, file.options.grace, file.holdout), (30, 14, Some(7)));
    assert_eq!(
        (output.options.resources, output.options.name_prefixes.as_slice()),
        (ResourceMode::Exact, ["my-".to_owned()].as_slice())
    );
    assert_eq!(file.options.generate, output.options);
    assert_eq!(file.service_roles, ["cloudformation"]);
    assert_eq!(
        (file.event_selectors, file.current),
        (vec![PathBuf::from("dir/a.json")], vec![PathBuf::from("dir/p.json")])
    );
    let rules: Vec<String> = file
        .options
        .keep
        .iter()
        .map(|keep| format!("{} {}", keep.action.as_str(), keep.resource.as_ref().map_or("", |one| one.as_str())))
        .collect();
    let (get, all) = ("s3:Get*", "sqs:*");
    let (a, b) = ("arn:aws:s3:::a/*", "arn:aws:s3:::b/*");
    assert_eq!(rules, [format!("{get} {a}"), format!("{get} {b}"), format!("{all} {a}"), format!("{all} {b}")]);

    assert_eq!(output.options.risk.to_string(), "1%");
    let flags = "--resources any --name-prefix app- --risk 0.25% --granularity service --unobservable keep --min-window 0d --grace 1d \
                 --without-known-call drop \
                 --holdout 14d --service-role lambda --event-selectors b.json --define STAGE=test=1 --keep iam:PassRole \
                 --never-grant iam:CreateUser --current q.json --details";
    let flags: Vec<&str> = flags.split_whitespace().collect();
    let (both, output) = settings(text, &flags).unwrap();
    assert_eq!((both.options.granularity, both.options.unobservable), (Granularity::Service, Unobservable::Keep));
    assert_eq!(both.options.without_known_call, WithoutKnownCall::Drop);
    assert_eq!((both.options.min_window, both.options.grace, both.holdout), (0, 1, Some(14)));
    assert_eq!((output.options.resources, output.options.name_prefixes.len()), (ResourceMode::Any, 2));
    assert_eq!(output.options.risk.to_string(), "0.25%");
    assert_eq!(both.service_roles, ["cloudformation", "lambda"]);
    assert_eq!(both.event_selectors, [PathBuf::from("dir/a.json"), PathBuf::from("b.json")]);
    assert_eq!(both.current, [PathBuf::from("q.json")], "policies on the command line are all that is narrowed");
    assert_eq!(
        (both.options.defines["REGION"].as_str(), both.options.defines["STAGE"].as_str()),
        ("eu-west-1", "test=1")
    );
    assert_eq!((both.options.keep.len(), both.options.keep[4].reason.as_str()), (5, "--keep iam:PassRole"));
    assert_eq!(both.options.never_grant[0].reason, None);
    assert!(both.details);
}

#[test]
fn rules_are_for_the_principals_that_they_name() {
    let text = r#"
        [[never-grant]]
        action = "iam:*"
        principal = ["deploy-*", "arn:aws:sts::111122223333:assumed-role/ci/run-1"]
        [[keep]]
        action = "*"
        reason = "break glass"
        expires = 2027-03-31
        [[keep]]
        action = "sts:AssumeRole"
        reason = "late"
        expires = "2020-01-01"
    "#;
    let options = of_file(text).options;
    let principal = |name: &str| format!("arn:aws:iam::111122223333:role/{name}").parse().unwrap();
    let never = &options.never_grant[0].principals;
    assert!(never.admits(&principal("deploy-web")) && never.admits(&principal("ci")));
    assert!(!never.admits(&principal("web")) && options.keep[0].principals.is_all());
    let day = "2026-05-01".parse().unwrap();
    assert!(!options.keep[0].is_expired(day) && options.keep[1].is_expired(day), "what is expired stays a rule");
    assert_eq!(options.keep[0].expires, Some("2027-03-31".parse().unwrap()));
}

#[test]
fn mistyped_keys_bring_what_was_meant() {
    insta::assert_snapshot!(error("grace = \"14d\"\n\ngranularty = \"action\""), @r"
    error: tighten.toml:3: unknown key `granularty`
      did you mean `granularity`?
    ");
    insta::assert_snapshot!(error("min_window = \"30d\""), @r"
    error: tighten.toml:1: unknown key `min_window`
      did you mean `min-window`?
    ");
    insta::assert_snapshot!(error("[[keep]]\naction = \"s3:*\"\nresson = \"x\""), @r"
    error: tighten.toml:3: unknown key `resson` of `[[keep]]`
      did you mean `reason`?
    ");
    insta::assert_snapshot!(error("[[never-grant]]\naction = \"s3:*\"\nexpires = 2027-01-01"), @r"
    error: tighten.toml:3: unknown key `expires` of `[[never-grant]]`
      the keys are action, principal, reason
    ");
    insta::assert_snapshot!(error("[[keep]]\naction = \"s3:*\"\nreason = \"x\"\n\ngrace = \"14d\""), @r"
    error: tighten.toml:5: unknown key `grace` of `[[keep]]`
      move it above the first line in brackets
    ");
    insta::assert_snapshot!(error("[define]\nREGION = \"eu-west-1\"\ngrace = \"14d\""), @r"
    error: tighten.toml:3: `grace` stands below `[define]`
      move it above the first line in brackets
    ");
}

#[test]
fn values_of_another_kind_bring_what_the_key_takes() {
    insta::assert_snapshot!(error("\nmin-window = 30"), @r#"
    error: tighten.toml:2: `min-window`: invalid type: integer `30`, expected a string
      `min-window` takes days in quotes, such as "30d"
    "#);
    insta::assert_snapshot!(error("name-prefix = [\n  \"a-\",\n  7,\n]"), @r#"
    error: tighten.toml:3: `name-prefix`: invalid type: integer `7`, expected a string
      `name-prefix` takes a prefix of names or a list of them, such as ["my-app-"]
    "#);
    insta::assert_snapshot!(error("[keep]\naction = \"s3:*\"\nreason = \"x\""), @r"
    error: tighten.toml:1: `keep`: invalid type: map, expected a sequence
      `keep` takes sections that begin with the line [[keep]], in double brackets
    ");
    insta::assert_snapshot!(error("[define]\nACCOUNT = 111122223333"), @r#"
    error: tighten.toml:2: `define.ACCOUNT`: invalid type: integer `111122223333`, expected a string
      `define` takes texts in quotes, such as REGION = "eu-west-1", below the line [define]
    "#);
    insta::assert_snapshot!(error("[[keep]]\naction = { any = true }\nreason = \"x\""), @r#"
    error: tighten.toml:2: `keep.action`: invalid type: map, expected a string or a list of strings
      `action` takes an action pattern or a list of them, such as "iam:Get*"
    "#);
    insta::assert_snapshot!(error("grace = 14d"), @r"
    error: tighten.toml:1: not TOML: string values must be quoted, expected literal string
      texts stand in quotes, lists in brackets; `tighten init --print` shows examples
    ");
    insta::assert_snapshot!(error("grace = \"1d\"\ngrace = \"2d\""), @r"
    error: tighten.toml:2: not TOML: duplicate key
      texts stand in quotes, lists in brackets; `tighten init --print` shows examples
    ");
}

#[test]
fn values_that_mean_nothing_are_errors() {
    insta::assert_snapshot!(error("granularity = \"actions\""), @r"
    error: tighten.toml:1: `granularity`: `actions` is no choice
      did you mean `action`?
    ");
    insta::assert_snapshot!(error("grace = \"14 days\""), @r#"
    error: tighten.toml:1: `grace`: `14 days` is not a number of days such as `30d` or `4w`
      days are counted as in "30d"
    "#);
    insta::assert_snapshot!(error("holdout = \"0d\""), @r#"
    error: tighten.toml:1: `holdout`: `0d` is no time at all
      days are counted as in "14d"
    "#);
    insta::assert_snapshot!(error("service-role = [\"cloudfromation\"]"), @r"
    error: tighten.toml:1: `service-role`: no service has the prefix `cloudfromation`
      did you mean `cloudformation`?
    ");
    insta::assert_snapshot!(error("risk = \"0.5\""), @r#"
    error: tighten.toml:1: `risk`: `0.5` is not a percentage such as `0.5%`
      write it in per cent, as in "0.5%"
    "#);
    insta::assert_snapshot!(error("name-prefix = [\"my-\", \"*\"]"), @r"
    error: tighten.toml:1: `name-prefix`: a prefix is too short
      give at least two characters
    ");
    insta::assert_snapshot!(error("[[never-grant]]\naction = [\n  \"iam:CreateUser\",\n  \"iam:CreateAcessKey\",\n]"), @r"
    error: tighten.toml:4: `never-grant.action`: `iam:CreateAcessKey` matches no action
      did you mean `iam:CreateAccessKey`, `iam:CreateUser`, `iam:CreatePolicy`, `iam:CreateRole`, `iam:CreateAccountAlias`?
    ");
    insta::assert_snapshot!(error("[[never-grant]]\naction = \"aim:*\""), @r"
    error: tighten.toml:2: `never-grant.action`: `aim:*` matches no action: no service has the prefix `aim`
      did you mean `acm`, `iam`?
    ");
    insta::assert_snapshot!(error("[[never-grant]]\naction = \"iam\""), @r"
    error: tighten.toml:2: `never-grant.action`: `iam` has no service prefix; an action looks like `s3:GetObject`
      patterns are written like `iam:PassRole`, `s3:Get*` or `s3:*`
    ");
    insta::assert_snapshot!(error("[[never-grant]]\nprincipal = \"x\""), @r#"
    error: tighten.toml:1: `[[never-grant]]` has no `action`
      name the actions, such as action = "iam:Get*"
    "#);
    insta::assert_snapshot!(error("[[never-grant]]\naction = \"iam:*\"\nprincipal = [\" \"]"), @r"
    error: tighten.toml:3: `never-grant.principal`: a pattern is empty
      leave the key out to mean every principal
    ");
    insta::assert_snapshot!(error("[[keep]]\naction = \"iam:*\""), @r#"
    error: tighten.toml:1: `[[keep]]` has no `reason`
      say why the grant stays, such as reason = "first deploy to a new region"
    "#);
    insta::assert_snapshot!(error("[[keep]]\naction = \"iam:*\"\nreason = \" \""), @r"
    error: tighten.toml:3: `keep.reason`: no reason is given
      say it so that whoever reads the policy understands it
    ");
    insta::assert_snapshot!(error("[[keep]]\naction = \"iam:*\"\nreason = \"x\"\nresource = \"bucket\""), @r"
    error: tighten.toml:4: `keep.resource`: `bucket` is neither `*` nor starts with `arn:`
      resources are written as in a policy, such as `arn:aws:s3:::my-app-*`
    ");
    insta::assert_snapshot!(error("[[keep]]\naction = \"iam:*\"\nreason = \"x\"\nexpires = 2027-03-31T00:00:00Z"), @r"
    error: tighten.toml:4: `keep.expires`: `2027-03-31T00:00:00Z` is not a date
      write the last day on which the rule holds, such as 2027-03-31
    ");
    insta::assert_snapshot!(error("current = \"a.json\"\naccount-authorization-details = \"b.json\""), @r"
    error: tighten.toml:2: `account-authorization-details`: stands beside `current`, which excludes it
      the details tell who holds which policy; leave one of the two out
    ");
}

#[test]
fn flags_are_held_to_the_same() {
    let error = |flags: &[&str]| said(&settings("", &[flags, &["--current", "p.json"]].concat()).unwrap_err());
    insta::assert_snapshot!(error(&["--keep", "s3:GetObjet"]), @r"
    error: `--keep`: `s3:GetObjet` matches no action
      did you mean `s3:GetObject`, `s3:GetObjectAcl`, `s3:GetObjectTagging`, `s3:GetObjectTorrent`, `s3:GetObjectVersion`?
    ");
    insta::assert_snapshot!(error(&["--never-grant", "s4:*"]), @r"
    error: `--never-grant`: `s4:*` matches no action: no service has the prefix `s4`
      did you mean `s3`?
    ");
    insta::assert_snapshot!(error(&["--service-role", "Cloud Formation"]), @r"
    error: `--service-role`: no service has the prefix `cloud formation`
      did you mean `cloudformation`?
    ");
    let of_clap = |flags: &[&str]| settings("", flags).unwrap_err().to_string();
    for (flags, expected) in [
        (["--define", "REGION"], "`REGION` is not a name and its value"),
        (["--define", "=x"], "`=x` is not a name and its value"),
        (["--holdout", "0d"], "`0d` is no time at all"),
        (["--min-window", "30"], "`30` is not a number of days"),
        (["--granularity", "all"], "[possible values: service, action, resource]"),
    ] {
        assert!(of_clap(&flags).contains(expected), "{}", of_clap(&flags));
    }
    let both = ["--current", "a", "--account-authorization-details", "b"];
    assert!(of_clap(&both).contains("cannot be used with"), "{}", of_clap(&both));
}

#[test]
fn a_flag_about_policies_of_today_wants_some() {
    let alone = said(&settings("grace = \"14d\"", &["--granularity", "action"]).unwrap_err());
    assert!(alone.starts_with("error: `--granularity` is about policies of today, and there are none\n"), "{alone}");
    let (files, iam) = (["`--current FILE`", "`--account-authorization-details FILE`"], cfg!(feature = "aws"));
    assert!(files.iter().all(|way| alone.contains(way)) && alone.contains("`--from-iam`") == iam, "{alone}");
    for text in ["current = [\"p.json\"]", "account-authorization-details = \"d.json\""] {
        assert!(settings(text, &["--granularity", "action"]).is_ok());
    }
    let details = settings("current = [\"p.json\"]", &["--account-authorization-details", "d.json"]).unwrap().0;
    assert_eq!((details.current.len(), details.account_authorization_details), (0, Some(PathBuf::from("d.json"))));
    assert!(settings("account-authorization-details = \"d.json\"", &["--all"]).is_err());
}

#[test]
fn a_typo_in_the_file_is_told_although_a_flag_wins() {
    let error = settings("granularity = \"actoin\"", &["--granularity", "action", "--current", "p"]).unwrap_err();
    assert!(said(&error).contains("did you mean `action`?"), "{}", said(&error));
}
