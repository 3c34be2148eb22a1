//! Records that are recognised by their shape say what they say when they are read in full.

use std::cell::Cell;
use std::collections::HashMap;

use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::TestRunner;

use crate::laws::{Plain, chunk, plain, read, usual_record};
use crate::limits::Limits;
use crate::reader::Reader;
use crate::record::json::NotJson;
use crate::record::outline::{Again, Likeness, Outline, Record, Visit};

/// Remembers what records of a likeness said, and looks at each in full all the same.
#[derive(Default)]
struct Remembering {
    seen: HashMap<Likeness, String>,
    announced: Option<(Likeness, Option<Timestamp>, Option<String>)>,
    events: Vec<Plain>,
    alike: usize,
    /// Whether records are taken without a look, once there was one like them.
    trusts: bool,
}

impl Visit for Remembering {
    fn record(&mut self, record: Record<'_>) -> Result<(), NotJson> {
        let event = record.event()?;
        event.check()?;
        let outline = record.outline();
        // What is the same in records that are alike.
        let (arn, id, name) = if outline.names_role() {
            Default::default()
        } else {
            (outline.user_arn, outline.principal_id, outline.user_name)
        };
        let own =
            Outline { event_time: None, event_id: None, user_arn: arn, principal_id: id, user_name: name, ..*outline };
        let own = format!("{own:?}");
        if let Some((likeness, time, id)) = self.announced.take() {
            assert_eq!((time, id.as_deref()), (outline.event_time, outline.event_id));
            if let Some(own_likeness) = record.likeness() {
                assert_eq!(own_likeness, likeness);
                assert_eq!(self.seen.entry(likeness).or_insert_with(|| own.clone()), &own);
                self.alike += 1;
            }
        }
        self.events.push(plain(&event));
        Ok(())
    }

    fn again(&mut self, again: &Again<'_>) -> bool {
        let id = again.id.map(|id| std::str::from_utf8(id).unwrap().to_owned());
        let is_taken = self.trusts && self.seen.contains_key(&again.likeness);
        self.announced = (!is_taken).then_some((again.likeness, again.time, id));
        is_taken
    }

    fn remembers(&self) -> bool {
        true
    }
}

/// Records like the given one: with other letters here and there, which may be in a text, in a number or in a key. Few
/// have characters that shapes do not know.
fn like(record: String) -> impl Strategy<Value = Vec<String>> {
    let edit = (any::<Index>(), select(b"ab0 19-z\xc3\"\\".to_vec()));
    let edits = prop::collection::vec(prop::collection::vec(edit, 0..3), 2..24);
    (edits, prop::bool::weighted(0.9)).prop_map(move |(all, is_ascii)| {
        let record: String = record.chars().filter(|c| !is_ascii || c.is_ascii()).collect();
        let edited = all.into_iter().map(|edits| {
            let mut bytes = record.clone().into_bytes();
            for (at, byte) in edits {
                let at = at.index(bytes.len());
                if bytes[at].is_ascii_alphanumeric() {
                    bytes[at] = byte;
                }
            }
            String::from_utf8(bytes).unwrap_or_else(|_| record.clone())
        });
        edited.collect()
    })
}

#[test]
fn records_that_are_alike_say_the_same() {
    let groups = prop::collection::vec(usual_record().prop_flat_map(like), 1..4);
    let (cases, alike) = (256, Cell::new(0));
    let law = |(groups, chunk): (Vec<Vec<String>>, usize)| {
        let records: Vec<String> = groups.into_iter().flatten().collect();
        let text = format!("{{\"Records\":[{}]}}", records.join(","));
        let (events, report) = read(chunk, text.as_bytes());
        let mut all = Remembering::default();
        let mut reader = Reader::with_chunk(chunk);
        let file = "x.json";
        // The second time, all shapes are known.
        for _ in 0..2 {
            all.events.clear();
            let own = reader.read_unchecked_from(file, &mut text.as_bytes(), &Limits::default(), &mut all);
            prop_assert_eq!(&all.events, &events);
            prop_assert_eq!(&own, &report);
        }
        // Those that are taken without a look are counted like the others.
        all.trusts = true;
        let own = reader.read_unchecked_from(file, &mut text.as_bytes(), &Limits::default(), &mut all);
        prop_assert_eq!(own, report);
        alike.set(alike.get() + all.alike);
        Ok(())
    };
    let config = ProptestConfig { cases, source_file: Some(file!()), ..ProptestConfig::default() };
    TestRunner::new(config).run(&(groups, chunk()), law).unwrap();
    assert!(alike.get() > cases as usize, "{} of {cases} cases", alike.get());
}

/// Keeps the likeness of each record.
struct Each<'s>(&'s mut Vec<Option<Likeness>>);

impl Visit for Each<'_> {
    fn record(&mut self, record: Record<'_>) -> Result<(), NotJson> {
        self.0.push(record.likeness());
        Ok(())
    }

    fn remembers(&self) -> bool {
        true
    }
}

#[test]
fn records_of_one_shape_are_alike_where_they_say_the_same() {
    let record = |name: &str, key: &str, version: u32, session: &str| {
        format!(
            r#"{{"eventVersion":"1.09","userIdentity":{{"type":"AssumedRole","principalId":"AROAX:{session}","arn":"arn:aws:sts::1:assumed-role/R/{session}",
            "accountId":"1","sessionContext":{{"sessionIssuer":{{"type":"Role","principalId":"AROAX","arn":"arn:aws:iam::1:role/R"}}}}}},
            "eventTime":"2026-05-31T23:59:{version}Z","eventSource":"s3","eventName":"{name}","requestParameters":{{"key":"{key}","maxKeys":{version}}},
            "responseElements":{{"x":"{session}\"","n":{version}}},"eventID":"id-{session}"}}"#
        )
    };
    let likeness = |records: [String; 3]| {
        let text = records.join("\n");
        let mut seen: Vec<Option<Likeness>> = Vec::new();
        let mut reader = Reader::new();
        reader.read_unchecked_from("x", &mut text.as_bytes(), &Limits::default(), &mut Each(&mut seen));
        assert_eq!((seen.len(), seen[0]), (3, None));
        (seen[1], seen[2])
    };
    let (one, other) =
        likeness([record("Get", "a", 10, "s"), record("Get", "a", 10, "t"), record("Get", "a", 10, "uu")]);
    assert!(one.is_some() && one == other);
    let (one, other) =
        likeness([record("Get", "a", 10, "s"), record("Get", "a", 10, "t"), record("Get", "b", 10, "t")]);
    assert!(one.is_some() && other.is_some() && one != other);
    let (one, other) =
        likeness([record("Get", "a", 10, "s"), record("Get", "a", 10, "t"), record("Get", "a", 11, "t")]);
    assert!(one.is_some() && other.is_some() && one != other);
    let (one, other) =
        likeness([record("Get", "a", 10, "s"), record("Put", "a", 10, "t"), record("Put", "a", 10, "s")]);
    assert!(one.is_none() && other.is_some());
}

#[test]
fn an_id_that_is_no_text_is_none_among_records_that_are_alike() {
    let record =
        r#"{"eventVersion":"1.09","eventSource":"s3","eventName":"Get","eventID":{"x":"a"},"eventTime":["b"]}"#;
    let text = [record; 3].join("\n");
    let mut all = Remembering::default();
    Reader::new().read_unchecked_from("x", &mut text.as_bytes(), &Limits::default(), &mut all);
    assert_eq!((all.events.len(), all.alike), (3, 2));
}
