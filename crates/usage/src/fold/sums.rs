//! The sums of one thread, and how it recognises records that say nothing new.

use std::sync::Arc;

use indexmap::IndexSet;
use jiff::Timestamp;
use rustc_hash::FxBuildHasher;
use tighten_iam::Principal;
use tighten_trail::{
    Again, DecisiveParts, Event, Identity, Json, Likeness, Limits, NoPrincipal, NotJson, Outcome, Outline, Record, Via,
    Visit, identify,
};

use super::Fold;
use super::key::Scope;
use super::object::{self, ObjectCall, ObjectCalls, Template};
use super::tables::{Deed, Effect, Party, Tables};
use super::tally::{Known, Tally};
use crate::call::ApiCall;
use crate::coverage::{Category, EventKind};
use crate::days::{Days, day_of};
use crate::deliveries::Delivered;
use crate::evidence::Evidence;
use crate::filter::trail_account;
use crate::judge::Verdict;
use crate::ledger::{NameOnly, Sum};
use crate::recorded::resource_types;
use crate::seen::{Among, ByHash, Waiting};
use crate::totals::DayTotals;

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
    /// Of calls that are equal but for the key of their object, the site of all of them, if there is one.
    objects: ByHash<Option<u32>>,
    /// Text that is made anew for each call.
    text: String,
    /// The numbers of tallies, by likeness.
    known: ByHash<u32>,
    tallies: Vec<Tally>,
    /// Events that their tallies have counted, and that may turn out to be copies.
    waiting: Waiting,
    /// The types of the resources that data events name, by the hash of their list.
    types_of: ByHash<u32>,
    /// Each combination of types once; the first is empty.
    types: IndexSet<Box<[String]>, FxBuildHasher>,
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
    objects: ObjectCalls,
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
    effects: Box<[Effect]>,
    /// The types of a data event's resources, by the number of their combination.
    types: u32,
    /// It has all calls that are equal but for the key of their object.
    template: Option<Box<Template>>,
    seen: Evidence,
}

/// Where a record is counted.
#[derive(Debug, Clone, Copy)]
struct Counted {
    known: Known,
    /// The hash of everything that decides it, if it is not that of all records there.
    content: Option<u64>,
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
            objects: ByHash::default(),
            text: String::new(),
            known: ByHash::default(),
            tallies: Vec::new(),
            waiting: Waiting::default(),
            types_of: ByHash::default(),
            types: IndexSet::from_iter([Box::default()]),
            delivered: Delivered::default(),
        }
    }

    #[cfg(test)]
    pub(super) fn sites(&self) -> usize {
        self.sites.len()
    }

    pub(super) fn limits(&self) -> Limits {
        self.fold.budget.limits
    }

    /// The records that follow are from a file that was delivered then.
    pub(super) fn delivered(&mut self, delivered: Delivered) {
        self.delivered = delivered;
    }

    pub(super) fn into_sum(mut self) -> Sum {
        self.clear_frames();
        self.tables.into_sum()
    }

    /// Where a record is counted, which may be new.
    fn look_up(&mut self, record: Record<'_>) -> Result<Counted, NotJson> {
        if self.sites.len() >= self.fold.budget.calls {
            self.clear_sites();
        }
        if self.frames.len() >= self.fold.budget.calls {
            self.clear_frames();
        }
        let outline = record.outline();
        let Found { key, frame, is_any_session } = self.frame(record)?;
        let Some(own) = self.frames.get(frame as usize) else { return Ok(Known::Frame(frame).into()) };
        let known = match own.caller {
            FrameCaller::Party { .. } => {
                if own.objects.is_worth_while(self.fold.budget.objects)
                    && let Some(counted) = self.object(record, key, frame)?
                {
                    return Ok(counted);
                }
                Known::Site(self.site(record, key, frame)?)
            }
            FrameCaller::Elsewhere => Known::Frame(frame),
            FrameCaller::Nobody(_) | FrameCaller::Unwanted => {
                let category = own.kind.category;
                if outline.error_code.is_none() {
                    self.tables.profiles.observe(outline);
                }
                match outline.resources {
                    Some(resources) if category == Category::Data => {
                        self.typed_site(frame, key, resources).map_or(Known::Frame(frame), Known::Site)
                    }
                    _ => Known::Frame(frame),
                }
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
        Ok(known.into())
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
        self.tallies.push(Tally::new(known, content, is_asked_for));
        self.known.insert(likeness.get(), tally);
    }

    /// Counts a record up where it belongs.
    #[inline]
    fn count(&mut self, counted: Counted, time: Option<Timestamp>, id: Option<&[u8]>) {
        let Counted { known, content: own_content } = counted;
        let day = time.map(day_of);
        self.tables.day(day).records += 1;
        let (frame, content) = match known {
            Known::Frame(frame) => (frame, None),
            Known::Site(site) => {
                let Some(site) = self.sites.get(site as usize) else { return };
                (site.frame, Some(site.content))
            }
        };
        let Some(own) = self.frames.get_mut(frame as usize) else { return };
        if matches!(own.caller, FrameCaller::Elsewhere) {
            self.tables.day(day).other_places += 1;
            return;
        }
        let among = self.delivered.compared(day);
        let content = own_content.or(content).unwrap_or(own.content);
        let first = self.tables.is_first(self.fold, content, id, day, among);
        let Some(seen) = evidence(&mut self.frames, &mut self.sites, known) else { return };
        seen.see_bytes(time, id, first);
    }

    /// An event of a day that a tally has counted may be a copy.
    #[inline]
    fn look_up_later(&mut self, day: i32, event: u64, tally: u32) {
        let Self { fold, waiting, tallies, frames, sites, tables, .. } = self;
        waiting.add(&fold.seen, day, event, tally, |tally, day| take_back(tallies, frames, sites, tables, tally, day));
    }

    /// Looks up all events that wait for it.
    pub(super) fn settle(&mut self) {
        let Self { fold, waiting, tallies, frames, sites, tables, .. } = self;
        waiting.settle(&fold.seen, |tally, day| take_back(tallies, frames, sites, tables, tally, day));
    }

    fn site(&mut self, record: Record<'_>, frame_key: u64, frame: u32) -> Result<u32, NotJson> {
        let key = self.fold.keys.site(frame_key, record.outline());
        if let Some(site) = self.site_of.get(&key) {
            return Ok(*site);
        }
        let event = record.event()?;
        let parts = event.check()?;
        let site = self.new_site(&event, parts, key, frame, None);
        if let Some(frame) = self.frames.get_mut(frame as usize)
            && *frame.call.source == *object::SOURCE
            && frame.kind.category == Category::Data
        {
            frame.objects.sites += 1;
        }
        Ok(self.add_site(site, key))
    }

    /// Where a call is counted that is equal to others but for the key of its object; the object is added. `None`: it has
    /// to be looked at by itself.
    fn object(&mut self, record: Record<'_>, frame_key: u64, frame: u32) -> Result<Option<Counted>, NotJson> {
        let outline = record.outline();
        let Some(call) = ObjectCall::of(outline) else { return Ok(None) };
        let key = call.rest(&self.fold.keys, frame_key);
        let site = match self.objects.get(&key) {
            Some(site) => *site,
            None => self.new_template(record, &call, key, frame)?,
        };
        let Self { fold, sites, frames, tables, text, .. } = self;
        let own = site.and_then(|site| sites.get(site as usize));
        let Some((site, Some(template))) = site.zip(own.map(|site| &site.template)) else { return Ok(None) };
        let Some(frame) = frames.get_mut(frame as usize) else { return Ok(None) };
        frame.objects.hit();
        let mut days = Days::default();
        outline.event_time.into_iter().for_each(|time| days.insert(time));
        let add = |slot, resource: &str| tables.add_resource(slot, resource, &days);
        let content = template.fill(&call, &fold.keys, frame.content, text, add);
        Ok(Some(Counted { known: Known::Site(site), content: Some(content) }))
    }

    /// The site of all calls that are equal but for the key of their object, if there can be one.
    fn new_template(
        &mut self,
        record: Record<'_>,
        call: &ObjectCall<'_>,
        key: u64,
        frame: u32,
    ) -> Result<Option<u32>, NotJson> {
        let event = record.event()?;
        let parts = event.check()?;
        let site = self.new_site(&event, parts, key, frame, Some(call));
        if let Some(frame) = self.frames.get_mut(frame as usize) {
            frame.objects.miss();
        }
        let site = site.template.is_some().then(|| self.add_site(site, key));
        self.objects.insert(key, site);
        Ok(site)
    }

    /// Where a data event is counted of a caller whose needs are not asked for: by frame and by the types of its resources.
    fn typed_site(&mut self, frame: u32, frame_key: u64, resources: Json<'_>) -> Option<u32> {
        let types = self.types_of(resources);
        let key = self.fold.keys.of((frame_key, types));
        if let Some(site) = self.site_of.get(&key) {
            return Some(*site);
        }
        let content = self.frames.get(frame as usize)?.content;
        let effects = Box::default();
        let (outcome, seen) = (Outcome::NoEvidence, Evidence::default());
        let site = Site { frame, outcome, content, effects, types, template: None, seen };
        Some(self.add_site(site, key))
    }

    fn add_site(&mut self, site: Site, key: u64) -> u32 {
        let number = u32::try_from(self.sites.len()).unwrap_or(u32::MAX);
        self.sites.push(site);
        self.site_of.insert(key, number);
        number
    }

    /// The number of a combination of resource types.
    fn types_of(&mut self, resources: Json<'_>) -> u32 {
        let key = self.fold.keys.of(resources.get());
        if let Some(types) = self.types_of.get(&key) {
            return *types;
        }
        if self.types_of.len() >= self.fold.budget.calls {
            self.types_of.clear();
        }
        let mut named = resource_types(resources);
        named.sort_unstable();
        named.dedup();
        let types = u32::try_from(self.types.insert_full(named.into()).0).unwrap_or_default();
        self.types_of.insert(key, types);
        types
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
        self.tables.names.observe(&event);
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
            objects: ObjectCalls::default(),
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

    /// What all calls of the frame share that have the key. With `call`, it is for all that are equal to it but for the key of
    /// the object, if that can be.
    fn new_site(
        &mut self,
        event: &Event<'_>,
        parts: DecisiveParts<'_>,
        key: u64,
        frame: u32,
        call: Option<&ObjectCall<'_>>,
    ) -> Site {
        let nothing = Site {
            frame,
            outcome: Outcome::NoEvidence,
            content: 0,
            effects: Box::default(),
            types: 0,
            template: None,
            seen: Evidence::default(),
        };
        let Some(Frame { caller: FrameCaller::Party { party, principal, via, .. }, content, kind, .. }) =
            self.frames.get(frame as usize)
        else {
            return nothing;
        };
        let Self { fold, tables, .. } = self;
        let judge = || Verdict::of(event, parts, principal, fold.mapper);
        // The key of calls on many objects says nothing of the one whose verdict this is.
        let verdict = if call.is_some() { Arc::new(judge()) } else { fold.verdicts.get(key, judge) };
        if verdict.outcome == Outcome::Authorised && !event.failed() {
            tables.profiles.observe(&Outline::of(event));
        }
        let deed = Deed { party: *party, via: via.as_ref(), event, verdict: &verdict };
        let mut effects = tables.effects(&deed);
        let template =
            call.and_then(|call| Template::new(call, &deed, principal, fold, |need| tables.need(&deed, need)));
        if let (Some(call), Some(template)) = (call, &template) {
            for effect in &mut effects {
                effect.resources.retain(|resource| !template.is_open(call, effect.slot, resource));
            }
        }
        let content = deed.content(&fold.keys, *content);
        let is_data = kind.category == Category::Data;
        let types = event.resources.filter(|_| is_data).map_or(0, |resources| self.types_of(resources));
        Site { outcome: verdict.outcome, content, effects, types, template: template.map(Box::new), ..nothing }
    }

    /// Adds up what the sites have and forgets them.
    fn clear_sites(&mut self) {
        self.clear_tallies();
        for mut site in self.sites.drain(..) {
            let Some(frame) = self.frames.get_mut(site.frame as usize) else { continue };
            if let FrameCaller::Party { call, .. } = frame.caller {
                self.tables.add_outcome(call, site.outcome, &site.seen);
            }
            if let Some(types) = self.types.get_index(site.types as usize).filter(|types| !types.is_empty()) {
                let days = site.seen.calendar.days();
                types.iter().for_each(|kind| self.tables.recorded.see_resource_type(kind, &days));
            }
            site.seen.see_region(&frame.region);
            self.tables.add_effects(&site.effects, &frame.call, &site.seen);
            frame.seen.merge(site.seen);
        }
        self.site_of.clear();
        self.objects.clear();
    }

    /// Adds up what the tallies have and forgets them.
    fn clear_tallies(&mut self) {
        self.settle();
        for tally in self.tallies.drain(..) {
            if let (Some(evidence), Some(day)) =
                (evidence(&mut self.frames, &mut self.sites, tally.known), tally.rest())
            {
                evidence.see_day(day);
            }
        }
        self.known.clear();
    }

    /// Adds up what the frames have and forgets them, and the sites with them.
    fn clear_frames(&mut self) {
        self.clear_sites();
        for frame in self.frames.drain(..) {
            let Frame { kind, call, region, place, caller, mut seen, .. } = frame;
            let tables = &mut self.tables;
            if matches!(caller, FrameCaller::Elsewhere) {
                continue;
            }
            tables.add_events(&seen, |events| DayTotals { events, ..DayTotals::default() });
            if let Some(place) = tables.place_mut(place) {
                place.see(kind, &call.source, &seen);
            }
            tables.recorded.see(kind, call, &seen.calendar);
            seen.see_region(&region);
            match caller {
                FrameCaller::Elsewhere => {}
                FrameCaller::Unwanted => {
                    tables.add_events(&seen, |events| DayTotals { other_principals: events, ..DayTotals::default() });
                }
                FrameCaller::Nobody(reason) => tables.unattributed.entry(reason).or_default().merge(seen),
                FrameCaller::Party { party, .. } => tables.add_party(party, seen),
            }
        }
        self.frame_of.clear();
    }
}

impl From<Known> for Counted {
    fn from(known: Known) -> Self {
        Self { known, content: None }
    }
}

/// What there is of records that are counted there.
fn evidence<'s>(frames: &'s mut [Frame], sites: &'s mut [Site], known: Known) -> Option<&'s mut Evidence> {
    match known {
        Known::Frame(frame) => frames.get_mut(frame as usize).map(|frame| &mut frame.seen),
        Known::Site(site) => sites.get_mut(site as usize).map(|site| &mut site.seen),
    }
}

/// An event of that day that a tally has counted was a copy.
fn take_back(
    tallies: &mut [Tally],
    frames: &mut [Frame],
    sites: &mut [Site],
    tables: &mut Tables,
    tally: u32,
    day: i32,
) {
    tables.day(Some(day)).duplicates += 1;
    let Some(tally) = tallies.get_mut(tally as usize) else { return };
    if !tally.was_copy(day)
        && let Some(evidence) = evidence(frames, sites, tally.known)
    {
        evidence.take_back(day);
    }
}

impl Visit for Sums<'_> {
    /// Takes one record into account, unless what decides its needs is not JSON.
    fn record(&mut self, record: Record<'_>) -> Result<(), NotJson> {
        let counted = self.look_up(record)?;
        let outline = record.outline();
        self.count(counted, outline.event_time, outline.event_id.map(str::as_bytes));
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
            self.count(known.into(), time, id);
            return true;
        };
        let (day, second) = (day_of(own), own.as_second());
        self.tables.day(Some(day)).records += 1;
        let (done, may_be_first) = (tally.take(day, second), tally.may_be_first(second));
        if (may_be_first || done.is_some())
            && let Some(evidence) = evidence(&mut self.frames, &mut self.sites, tally.known)
        {
            if let Some(done) = done {
                evidence.see_day(done);
            }
            if may_be_first && let Some(id) = id {
                evidence.see_event(time, id);
                if let Some(horizon) = evidence.horizon() {
                    tally.follow(horizon);
                }
            }
        }
        let content = tally.content;
        match (self.delivered.compared(Some(day)), id) {
            (Among::Day(day), Some(id)) => self.look_up_later(day, self.fold.keys.event(content, id), number),
            (among, id) => {
                if !self.tables.is_first(self.fold, content, id, Some(day), among)
                    && let Some(tally) = self.tallies.get_mut(number as usize)
                {
                    tally.was_copy(day);
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
