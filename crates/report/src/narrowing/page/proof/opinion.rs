//! What AWS says where it was asked.

use super::{Ink, Proof, count, counted};
use crate::narrowing::model::{AccessCheckReport, SimulationReport};

pub(super) fn simulation(simulation: &SimulationReport) -> Proof<'static> {
    let SimulationReport { answered, agreed, unanswered, not_simulated, failed } = *simulation;
    let (told, ink) = if answered == 0 {
        ("no request was simulated".to_owned(), Ink::Warning)
    } else {
        let told = format!("IAM's policy simulator agrees on {} of {}", count(agreed), counted(answered, "request"));
        (told, if agreed == answered { Ink::Good } else { Ink::Warning })
    };
    let reasons = [
        (not_simulated, "need", "not simulated, since they name no single resource or the records do not decide them"),
        (unanswered, "request", "without an answer"),
        (failed, "principal", "that could not be asked about"),
    ];
    let reasons = reasons.into_iter().filter(|(number, ..)| *number > 0);
    let reasons: Vec<String> = reasons.map(|(number, what, why)| format!("{} {why}", counted(number, what))).collect();
    let left_out = (!reasons.is_empty()).then(|| format!("left out: {}", reasons.join("; ")));
    Proof { left_out, ..Proof::new("simulation", told, ink) }
}

pub(super) fn no_new_access(check: &AccessCheckReport) -> Proof<'static> {
    let AccessCheckReport { checked, passed, invalid, failed } = *check;
    let (told, ink) = match checked {
        0 if failed == 0 => ("there is no narrowed document to compare".to_owned(), Ink::Good),
        0 => ("no document was compared".to_owned(), Ink::Warning),
        _ => {
            let documents = counted(checked, "narrowed document");
            let told = format!("Access Analyzer finds nothing new in {} of {documents}", count(passed));
            (told, if passed == checked && invalid == 0 { Ink::Good } else { Ink::Warning })
        }
    };
    let reasons = [(invalid, "with errors by its validation"), (failed, "that could not be checked")];
    let reasons = reasons.into_iter().filter(|(number, _)| *number > 0);
    let asides = reasons.map(|(number, why)| format!("{} {why}", counted(number, "document"))).collect();
    Proof { asides, ..Proof::new("access", told, ink) }
}
