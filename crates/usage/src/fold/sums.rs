//! The sums of one thread, and how it recognises records that say nothing new.

use jiff::Timestamp;
use tighten_iam::Principal;
use tighten_trail::{
    Again, DecisiveParts, Event, Identity, Json, Likeness, Limits, NoPrincipal, NotJson, Outcome, Outline, Record, Via,
    Visit, identify,
};

use super::Fold;
use super::key::Scope;
use super::tables::{Deed, Party, Slot, Tables};
use super::tally::{Known, Tally};
use crate::call::ApiCall;
use crate::coverage::{Category, EventKind};
use crate::days::day_of;
use crate::deliveries::Delivered;
use crate::evidence::Evidence;
use crate::filter::trail_account;
use crate::judge::Verdict;
use crate::seen::{Among, ByHash, Hashes, Waiting};
use crate::usage::{Counts, NameOnly, Usage};

/// The sums of one thread.
///
/// A record is recognised in two steps. Its *frame* is who called what, where; its *site* adds the parameters,
/// resources and error, which decide the needs. Both are known by a hash, so a call that repeats costs neither
/// parsing nor mapping: it counts up. A record of a shape that its reader knows is known by its likeness alone.
#[derive(Debug)]
pub(super) struct Sums<'f> {
    fold: &'f Fold<'f>,
    tables: Tables,
    frames: Vec<Frame>,
    frame_of: ByHash<u32>,
    sites: Vec<Site>,
    site_of: ByHash<u32>,
    /// The numbers of tallies, by likeness.
    known: ByHash<u32>,
    tallies: Vec<Tally>,
    /// Events that their tallies have counted, and that may turn out to be copies.
    waiting: Waiting,
    resources_seen: Hashes,
    /// When the file was delivered, which decides with which others its events are compared.
    delivered: Delivered,
}

/// What all records of one caller, call and place share.
#[derive(Debug)]
struct Frame {
    kind: EventKind,
    call: ApiCall,
    region: Box<str>,
    place: u32,
    /// The hash of everything that decides where its events are counted.
    content: u64,
    caller: FrameCaller,
    seen: Evidence,
}

#[derive(Debug)]
enum FrameCaller {
    /// The account or region is not asked for.
    Elsewhere,
    /// Nobody whose policies it says anything about.
    Nobody(NoPrincipal),
    /// A principal that is not asked for.
    Unwanted,
    Party {
        party: u32,
        call: u32,
        principal: Principal,
        via: Option<Via>,
    },
}

/// The frame of a record, by its key.
struct Found {
    key: u64,
    frame: u32,
    /// Whether the frame is that of all of a role's sessions.
    is_any_session: bool,
}

/// What all records share that mean the same.
#[derive(Debug)]
struct Site {
    frame: u32,
    outcome: Outcome,
    content: u64,
    slots: Box<[Slot]>,
    seen: Evidence,
}

impl<'f> Sums<'f> {
    pub(super) fn new(fold: &'f Fold<'_>) -> Self {
        Self {
            fold,
            tables: Tables::new(fold.options.resources),
            frames: Vec::new(),
            frame_of: ByHash::default(),
            sites: Vec::new(),
            site_of: ByHash::default(),
            known: ByHash::default(),
            tallies: Vec::new(),
            waiting: Waiting::default(),
            resources_seen: Hashes::default(),
            delivered: Delivered::default(),
        }
    }

    pub(super) fn limits(&self) -> Limits {
        self.fold.budget.limits
    }

    /// The records that follow are from a file that was delivered then.
    pub(super) fn delivered(&mut self, delivered: Delivered) {
        self.delivered = delivered;
    }

    pub(super) fn into_usage(mut self) -> Usage {
        self.clear_frames();
        self.tables.into_usage()
    }

    /// Where a record is counted, which may be new.
    fn look_up(&mut self, record: Record<'_>) -> Result<Known, NotJson> {
        if self.sites.len() >= self.fold.budget.calls {
            self.clear_sites();
        }
        if self.frames.len() >= self.fold.budget.calls {
            self.clear_frames();
        }
        let outline = record.outline();
        let Found { key, frame, is_any_session } = self.frame(record)?;
        let Some(own) = self.frames.get(frame as usize) else { return Ok(Known::Frame(frame)) };
        let known = match own.caller {
            FrameCaller::Party { .. } => Known::Site(self.site(record, key, frame)?),
            FrameCaller::Elsewhere => Known::Frame(frame),
            FrameCaller::Nobody(_) | FrameCaller::Unwanted => {
                let category = own.kind.category;
                if outline.error_code.is_none() {
                    self.tables.profiles.observe(outline);
                }
                if category == Category::Data {
                    self.see_resource_types(outline.resources);
                }
                Known::Frame(frame)
            }
        };
        if let Some(likeness) = record.likeness()
            && (is_any_session || !outline.names_role())
        {
            if self.tallies.len() >= 2 * self.fold.budget.calls {
                self.clear_tallies();
            }
            self.remember(likeness, known);
        }
        Ok(known)
    }

    /// From now on, records with the likeness are counted there.
    fn remember(&mut self, likeness: Likeness, known: Known) {
        let site = match known {
            Known::Frame(_) => None,
            Known::Site(site) => self.sites.get(site as usize),
        };
        let frame = match (known, site) {
            (Known::Frame(frame), _) => frame,
            (_, Some(site)) => site.frame,
            _ => return,
        };
        let Some(frame) = self.frames.get(frame as usize) else { return };
        let tally = u32::try_from(self.tallies.len()).unwrap_or(u32::MAX);
        let content = site.map_or(frame.content, |site| site.content);
        let is_asked_for = !matches!(frame.caller, FrameCaller::Elsewhere);
        self.tallies.push(Tally::new(known, frame.place, content, is_asked_for));
        self.known.insert(likeness.get(), tally);
    }

    /// Counts a record up where it belongs.
    #[inline]
    fn count(&mut self, known: Known, time: Option<Timestamp>, id: Option<&[u8]>) {
        self.tables.counts.records += 1;
        let day = time.map(day_of);
        let (frame, content) = match known {
            Known::Frame(frame) => (frame, None),
            Known::Site(site) => {
                let Some(site) = self.sites.get(site as usize) else { return };
                (site.frame, Some(site.content))
            }
        };
        let Some(own) = self.frames.get_mut(frame as usize) else { return };
        if matches!(own.caller, FrameCaller::Elsewhere) {
            self.tables.counts.other_places += 1;
            return;
        }
        let first = self.tables.is_first(self.fold, content.unwrap_or(own.content), id, self.delivered.compared(day));
        if let Some(day) = day {
            self.tables.see_day(own.place, day);
        }
        let Some(seen) = evidence(&mut self.frames, &mut self.sites, known) else { return };
        seen.see_bytes(time, id, first);
    }

    /// An event of a day that a tally has counted may be a copy.
    #[inline]
    fn look_up_later(&mut self, day: i32, event: u64, tally: u32) {
        let Self { fold, waiting, tallies, tables, .. } = self;
        waiting.add(&fold.seen, day, event, tally, |tally| take_back(tallies, &mut tables.counts, tally));
    }

    /// Looks up all events that wait for it.
    pub(super) fn settle(&mut self) {
        let Self { fold, waiting, tallies, tables, .. } = self;
        waiting.settle(&fold.seen, |tally| take_back(tallies, &mut tables.counts, tally));
    }

    fn site(&mut self, record: Record<'_>, frame_key: u64, frame: u32) -> Result<u32, NotJson> {
        let key = self.fold.keys.site(frame_key, record.outline());
        if let Some(site) = self.site_of.get(&key) {
            return Ok(*site);
        }
        let event = record.event()?;
        let parts = event.check()?;
        Ok(self.new_site(&event, parts, key, frame))
    }

    fn see_resource_types(&mut self, resources: Option<Json<'_>>) {
        let Some(resources) = resources else { return };
        if self.resources_seen.len() >= self.fold.budget.calls {
            self.resources_seen.clear();
        }
        if self.resources_seen.insert(self.fold.keys.of(resources.get())) {
            self.tables.coverage.see_resource_types(resources);
        }
    }

    /// The frame of a record.
    #[inline]
    fn frame(&mut self, record: Record<'_>) -> Result<Found, NotJson> {
        let guess = Scope::first_guess(record.outline());
        let key = self.fold.keys.frame(record.outline(), guess);
        match self.frame_of.get(&key) {
            Some(frame) => Ok(Found { key, frame: *frame, is_any_session: guess == Scope::WithoutSession }),
            None => self.look_up_frame(record, key, guess),
        }
    }

    #[inline(never)]
    fn look_up_frame(&mut self, record: Record<'_>, key: u64, guess: Scope) -> Result<Found, NotJson> {
        let outline = record.outline();
        let event = record.event()?;
        let identity = identify(&event);
        let confirmed = match &identity {
            Identity::Principal { principal, certain, .. } => {
                *certain && outline.issuer_arn == Some(principal.as_str())
            }
            Identity::None(_) => false,
        };
        let is_any_session = guess == Scope::WithoutSession && confirmed;
        let key = if guess == Scope::Whole || confirmed { key } else { self.fold.keys.frame(outline, Scope::Whole) };
        if let Some(frame) = self.frame_of.get(&key) {
            return Ok(Found { key, frame: *frame, is_any_session });
        }
        if self.is_wanted(outline, &identity) {
            event.check()?;
        }
        self.tables.roles.observe(&event);
        Ok(Found { key, frame: self.new_frame(&event, key, identity), is_any_session })
    }

    /// Whether the needs of the call are asked for, so that all of what decides them has to be readable.
    fn is_wanted(&self, outline: &Outline<'_>, identity: &Identity) -> bool {
        let options = &self.fold.options;
        let by_who = match identity {
            // Whether a role known by name alone is asked for shows when its name is joined.
            Identity::Principal { principal, certain, .. } => !certain || options.principals.admits(principal),
            Identity::None(_) => false,
        };
        by_who && options.admits_place(outline)
    }

    fn new_frame(&mut self, event: &Event<'_>, key: u64, identity: Identity) -> u32 {
        let call = ApiCall::new(&event.event_source, &event.event_name);
        let kind = EventKind::of(event);
        let outline = Outline::of(event);
        let account = trail_account(&outline);
        let keys = &self.fold.keys;
        let frame = |caller: FrameCaller, place: u32, content: u64| Frame {
            kind,
            region: event.aws_region.as_ref().into(),
            place,
            content: keys.of((content, kind, &call, account, &event.aws_region)),
            caller,
            seen: Evidence::default(),
            call: call.clone(),
        };
        let new = if self.fold.options.admits_place(&outline) {
            let place = self.tables.place(account, &event.aws_region);
            match identity {
                Identity::None(reason) => frame(FrameCaller::Nobody(reason), place, keys.of(reason)),
                Identity::Principal { principal, via, certain } => {
                    // Whether a role known by name alone is asked for shows when its name is joined.
                    if certain && !self.fold.options.principals.admits(&principal) {
                        frame(FrameCaller::Unwanted, place, keys.of((&principal, &via)))
                    } else {
                        let party = if certain {
                            Party::Full(principal.clone())
                        } else {
                            let role_id = event.user_identity.role_id().map(str::to_owned);
                            Party::ByName(NameOnly { principal: principal.clone(), role_id })
                        };
                        let content = keys.of((&party, &via));
                        let party = self.tables.party(party);
                        let call = self.tables.call(party, call.clone());
                        frame(FrameCaller::Party { party, call, principal, via }, place, content)
                    }
                }
            }
        } else {
            frame(FrameCaller::Elsewhere, 0, 0)
        };
        let number = u32::try_from(self.frames.len()).unwrap_or(u32::MAX);
        self.frames.push(new);
        self.frame_of.insert(key, number);
        number
    }

    fn new_site(&mut self, event: &Event<'_>, parts: DecisiveParts<'_>, key: u64, frame: u32) -> u32 {
        let number = u32::try_from(self.sites.len()).unwrap_or(u32::MAX);
        let Some(Frame { caller: FrameCaller::Party { party, principal, via, .. }, content, kind, .. }) =
            self.frames.get(frame as usize)
        else {
            return number;
        };
        let verdict = self.fold.verdicts.get(key, || Verdict::of(event, parts, principal, self.fold.mapper));
        if verdict.outcome == Outcome::Authorised && !event.failed() {
            self.tables.profiles.observe(&Outline::of(event));
        }
        let deed = Deed { party: *party, via: via.as_ref(), event, verdict: &verdict };
        let slots = self.tables.slots(&deed);
        let content = self.fold.keys.of((content, deed));
        if kind.category == Category::Data
            && let Some(resources) = event.resources
        {
            self.tables.coverage.see_resource_types(resources);
        }
        self.sites.push(Site { frame, outcome: verdict.outcome, content, slots, seen: Evidence::default() });
        self.site_of.insert(key, number);
        number
    }

    /// Adds up what the sites came to and forgets them.
    fn clear_sites(&mut self) {
        self.clear_tallies();
        for mut site in self.sites.drain(..) {
            let Some(frame) = self.frames.get_mut(site.frame as usize) else { continue };
            if let FrameCaller::Party { call, .. } = frame.caller {
                self.tables.add_outcome(call, site.outcome, site.seen.count);
            }
            site.seen.regions.insert(frame.region.clone());
            self.tables.add_slots(&site.slots, &site.seen);
            frame.seen.merge(site.seen);
        }
        self.site_of.clear();
    }

    /// Adds up what the tallies came to and forgets them.
    fn clear_tallies(&mut self) {
        self.settle();
        for tally in self.tallies.drain(..) {
            if let Some(evidence) = evidence(&mut self.frames, &mut self.sites, tally.known) {
                tally.add_to(evidence);
            }
        }
        self.known.clear();
    }

    /// Adds up what the frames came to and forgets them, and the sites with them.
    fn clear_frames(&mut self) {
        self.clear_sites();
        for frame in self.frames.drain(..) {
            let Frame { kind, call, region, place, caller, mut seen, .. } = frame;
            let tables = &mut self.tables;
            if matches!(caller, FrameCaller::Elsewhere) {
                continue;
            }
            tables.counts.events += seen.count;
            if let Some(place) = tables.place_mut(place) {
                place.see(kind, &call.source, &seen);
            }
            tables.coverage.see(kind, call, seen.count);
            seen.regions.insert(region);
            match caller {
                FrameCaller::Elsewhere => {}
                FrameCaller::Unwanted => tables.counts.other_principals += seen.count,
                FrameCaller::Nobody(reason) => tables.unattributed.entry(reason).or_default().merge(seen),
                FrameCaller::Party { party, .. } => tables.add_party(party, seen),
            }
        }
        self.frame_of.clear();
    }
}

/// What there is of records that are counted there.
fn evidence<'s>(frames: &'s mut [Frame], sites: &'s mut [Site], known: Known) -> Option<&'s mut Evidence> {
    match known {
        Known::Frame(frame) => frames.get_mut(frame as usize).map(|frame| &mut frame.seen),
        Known::Site(site) => sites.get_mut(site as usize).map(|site| &mut site.seen),
    }
}

/// An event that a tally has counted was a copy.
fn take_back(tallies: &mut [Tally], counts: &mut Counts, tally: u32) {
    counts.duplicates += 1;
    if let Some(tally) = tallies.get_mut(tally as usize) {
        tally.was_copy();
    }
}

impl Visit for Sums<'_> {
    /// Takes one record into account, unless what decides its needs is not JSON.
    fn record(&mut self, record: Record<'_>) -> Result<(), NotJson> {
        let known = self.look_up(record)?;
        let outline = record.outline();
        self.count(known, outline.event_time, outline.event_id.map(str::as_bytes));
        Ok(())
    }

    #[inline]
    fn again(&mut self, again: &Again<'_>) -> bool {
        let Again { likeness, time, id } = *again;
        let Some(number) = self.known.get(&likeness.get()) else { return false };
        let number = *number;
        let Some(tally) = self.tallies.get_mut(number as usize) else { return false };
        let Some(own) = time.filter(|time| tally.takes(*time)) else {
            let known = tally.known;
            self.count(known, time, id);
            return true;
        };
        let day = day_of(own);
        self.tables.counts.records += 1;
        self.tables.see_day(tally.place, day);
        if tally.take(own)
            && let Some(id) = id
            && let Some(evidence) = evidence(&mut self.frames, &mut self.sites, tally.known)
        {
            evidence.see_event(time, id);
            if let Some(horizon) = evidence.horizon() {
                tally.follow(horizon);
            }
        }
        let content = tally.content;
        match (self.delivered.compared(Some(day)), id) {
            (Among::Day(day), Some(id)) => self.look_up_later(day, self.fold.keys.event(content, id), number),
            (among, id) => {
                if !self.tables.is_first(self.fold, content, id, among) {
                    tally.was_copy();
                }
            }
        }
        true
    }

    fn is_opaque(&self, event_source: &str, parameter: &str) -> bool {
        self.fold.mapper.is_opaque(event_source, parameter)
    }

    fn remembers(&self) -> bool {
        true
    }
}
