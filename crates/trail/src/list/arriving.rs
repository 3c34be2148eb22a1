//! Log objects that arrive while others are read.

use std::cmp::Reverse;
use std::collections::VecDeque;

use super::Listing;
use super::object::LogObject;

/// What a source has at a moment.
#[derive(Debug)]
pub enum Arrival {
    /// Some objects.
    Objects(Vec<LogObject>),
    /// Nothing yet.
    Later,
    /// That was all.
    End,
}

/// A source of log objects that lists them while others of them are already read.
///
/// Objects come in the order of the days on which they were delivered, those without a known day first; within a day in any
/// order. Where a name tells another day than the folder that it is in, the folder's may decide.
pub trait Arriving: Send {
    /// Some more objects. With `wait` it blocks until there are some, and never returns [`Arrival::Later`].
    fn more(&mut self, wait: bool) -> Arrival;

    /// What else there is to say of the listing; no objects. To be asked for at the end.
    fn rest(&mut self) -> Listing;
}

/// A listing that is complete.
#[derive(Debug)]
pub struct Arrived {
    /// From the last to the first.
    objects: Vec<LogObject>,
    rest: Listing,
}

impl Arrived {
    /// How many objects are handed out at a time.
    const BATCH: usize = 256;

    /// Hands out what is listed.
    pub fn new(mut listing: Listing) -> Self {
        let mut objects = std::mem::take(&mut listing.objects);
        objects.sort_by(|one, other| (Reverse(one.date), &other.name).cmp(&(Reverse(other.date), &one.name)));
        Self { objects, rest: listing }
    }
}

impl Arriving for Arrived {
    fn more(&mut self, _: bool) -> Arrival {
        let day = match self.objects.last() {
            Some(object) => object.date,
            None => return Arrival::End,
        };
        let mut batch = Vec::new();
        while batch.len() < Self::BATCH
            && let Some(object) = self.objects.pop_if(|object| object.date == day)
        {
            batch.push(object);
        }
        Arrival::Objects(batch)
    }

    fn rest(&mut self) -> Listing {
        std::mem::take(&mut self.rest)
    }
}

/// Several sources as one.
pub struct United {
    sources: Vec<Member>,
}

struct Member {
    source: Box<dyn Arriving>,
    /// What it has and nobody took yet.
    ready: VecDeque<Vec<LogObject>>,
    is_done: bool,
}

impl std::fmt::Debug for United {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("United").field("sources", &self.sources.len()).finish()
    }
}

impl United {
    /// All that these have.
    pub fn new(sources: Vec<Box<dyn Arriving>>) -> Self {
        let member = |source| Member { source, ready: VecDeque::new(), is_done: false };
        Self { sources: sources.into_iter().map(member).collect() }
    }
}

impl Member {
    /// Gets something of it, or learns that there is no more. `false`: nothing yet.
    fn look(&mut self, wait: bool) -> bool {
        while self.ready.is_empty() && !self.is_done {
            match self.source.more(wait) {
                Arrival::Objects(objects) if objects.is_empty() => {}
                Arrival::Objects(objects) => self.ready.push_back(objects),
                Arrival::Later => return false,
                Arrival::End => self.is_done = true,
            }
        }
        true
    }

    fn first(&self) -> Option<&LogObject> {
        self.ready.front().and_then(|objects| objects.first())
    }
}

impl Arriving for United {
    fn more(&mut self, wait: bool) -> Arrival {
        // Of the earliest day nobody knows before all have shown what they have.
        for member in &mut self.sources {
            if !member.look(wait) {
                return Arrival::Later;
            }
        }
        let days = self.sources.iter_mut().filter_map(|member| Some((member.first()?.date, member)));
        let next = days.min_by_key(|(day, _)| *day);
        match next.and_then(|(_, member)| member.ready.pop_front()) {
            Some(objects) => Arrival::Objects(objects),
            None => Arrival::End,
        }
    }

    fn rest(&mut self) -> Listing {
        let mut all = Listing::default();
        for member in &mut self.sources {
            all.merge(member.source.rest());
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(objects: &[(&str, Option<&str>)]) -> Listing {
        let mut listing = Listing { pruned_files: 1, ..Listing::default() };
        for (name, date) in objects {
            let mut object = LogObject::file(name, 1);
            object.date = date.map(|date| date.parse().unwrap());
            listing.objects.push(object);
        }
        listing
    }

    fn names(source: &mut dyn Arriving) -> Vec<String> {
        let mut names = Vec::new();
        while let Arrival::Objects(objects) = source.more(true) {
            names.extend(objects.iter().map(|object| object.name.as_str().to_owned()));
        }
        names
    }

    #[test]
    fn sources_are_united_by_day() {
        let one =
            listing(&[("b", Some("2026-05-02")), ("a", Some("2026-05-01")), ("z", None), ("c", Some("2026-05-02"))]);
        let other = listing(&[("d", Some("2026-05-01")), ("e", Some("2026-05-03"))]);
        assert_eq!(names(&mut Arrived::new(one.clone())), ["z", "a", "b", "c"]);
        let mut both = United::new(vec![Box::new(Arrived::new(one)), Box::new(Arrived::new(other))]);
        assert_eq!(names(&mut both), ["z", "a", "d", "b", "c", "e"]);
        assert_eq!(both.rest().pruned_files, 2);
    }

    /// A source that has nothing at every other look.
    struct Slow(Arrived, bool);

    impl Arriving for Slow {
        fn more(&mut self, wait: bool) -> Arrival {
            self.1 = !self.1;
            if self.1 && !wait { Arrival::Later } else { self.0.more(wait) }
        }

        fn rest(&mut self) -> Listing {
            self.0.rest()
        }
    }

    #[test]
    fn whoever_does_not_wait_is_told_to_come_later() {
        let slow = Slow(Arrived::new(listing(&[("a", Some("2026-05-01"))])), false);
        let quick = Arrived::new(listing(&[("b", Some("2026-05-02"))]));
        let mut both = United::new(vec![Box::new(quick), Box::new(slow)]);
        assert!(matches!(both.more(false), Arrival::Later));
        let Arrival::Objects(objects) = both.more(false) else { panic!() };
        assert_eq!(objects[0].name.as_str(), "a");
        assert!(matches!(both.more(false), Arrival::Later));
        assert_eq!(names(&mut both), ["b"]);
    }
}
