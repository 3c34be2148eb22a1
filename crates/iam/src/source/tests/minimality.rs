//! What a line diff shows.

use std::fmt::Write as _;

use super::*;
use crate::Actions;

/// The lines of either text that a longest common subsequence leaves over: removed, added.
fn diff<'a>(old: &'a str, new: &'a str) -> (Vec<&'a str>, Vec<&'a str>) {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let mut table = vec![vec![0; new.len() + 1]; old.len() + 1];
    for (i, left) in old.iter().enumerate().rev() {
        for (j, right) in new.iter().enumerate().rev() {
            table[i][j] = if left == right { table[i + 1][j + 1] + 1 } else { table[i + 1][j].max(table[i][j + 1]) };
        }
    }
    let (mut i, mut j, mut removed, mut added) = (0, 0, Vec::new(), Vec::new());
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || (i < old.len() && table[i + 1][j] >= table[i][j + 1]) {
            removed.push(old[i]);
            i += 1;
        } else {
            added.push(new[j]);
            j += 1;
        }
    }
    (removed, added)
}

/// 50 statements of five actions each, every third list on one line, with blank lines here and there.
fn fifty() -> String {
    let mut text = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n".to_owned();
    for at in 0..50 {
        let actions: Vec<String> = (0..5).map(|action| format!("\"service{at}:Action{action}\"")).collect();
        let list = if at % 3 == 0 {
            format!("[{}]", actions.join(", "))
        } else {
            format!("[\n        {}\n      ]", actions.join(",\n        "))
        };
        let end = if at == 49 { "" } else { ["", "\n"][usize::from(at % 7 == 0)] };
        let comma = if at == 49 { "" } else { "," };
        write!(
            text,
            "    {{\n      \"Sid\": \"S{at}\",\n      \"Effect\": \"Allow\",\n      \"Action\": {list},\n      \"Resource\": \"*\",\n      \"Condition\": {{\"StringEquals\": {{\"aws:ResourceTag/n\": [\"{at}\"]}}}}\n    }}{comma}\n{end}"
        )
        .unwrap();
    }
    text + "  ]\n}\n"
}

fn without(text: &str, gone: &[(usize, &[usize])]) -> String {
    let source = PolicySource::parse(text).unwrap();
    let edit = |(at, actions): &(usize, &[usize])| {
        let mut statement = source.document().statements[*at].clone();
        let kept = statement.action.patterns().iter().enumerate().filter(|(at, _)| !actions.contains(at));
        statement.action = Actions::Action(kept.map(|(_, pattern)| pattern.clone()).collect());
        (*at, StatementEdit::Replace(vec![statement]))
    };
    source.edit(&gone.iter().map(edit).collect()).unwrap()
}

#[test]
fn three_actions_of_two_statements_are_three_lines() {
    let before = fifty();
    let after = without(&before, &[(16, &[0, 3]), (40, &[2])]);
    let (removed, added) = diff(&before, &after);
    let lines =
        ["service16:Action0", "service16:Action3", "service40:Action2"].map(|name| format!("        \"{name}\","));
    assert_eq!((removed, added), (lines.iter().map(String::as_str).collect(), vec![]));
}

#[test]
fn the_last_of_a_list_takes_the_comma_before_it() {
    let before = fifty();
    let after = without(&before, &[(16, &[0, 4]), (30, &[1])]);
    let (removed, added) = diff(&before, &after);
    assert_eq!(removed.len(), 4, "{removed:?}");
    let list =
        r#"      "Action": ["service30:Action0", "service30:Action2", "service30:Action3", "service30:Action4"],"#;
    assert_eq!(added, ["        \"service16:Action3\"", list]);
}

#[test]
fn a_statement_that_goes_is_its_lines() {
    let before = fifty();
    for (at, lines) in [(0, 8), (3, 7), (16, 13), (22, 14), (28, 13)] {
        let source = PolicySource::parse(before.as_str()).unwrap();
        let after = source.edit(&BTreeMap::from([(at, StatementEdit::Remove)])).unwrap();
        let (removed, added) = diff(&before, &after);
        assert_eq!((removed.len(), added.len()), (lines, 0), "{at}: {removed:?} {added:?}");
        assert!(removed.contains(&format!("      \"Sid\": \"S{at}\",").as_str()));
    }
}
