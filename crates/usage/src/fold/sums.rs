//! The sums of one thread, and how it recognises records that say nothing new.

use jiff::Timestamp;
use tighten_iam::Principal;
use tighten_trail::{Event, Identity, Json, Limits, NoPrincipal, NotJson, Outcome, Outline, Record, Via, identify};

use super::Fold;
use super::key::Scope;
use super::tables::{Deed, Party, Slot, Tables};
use crate::call::ApiCall;
use crate::coverage::{Category, EventKind};
use crate::days::day_of;
use crate::deliveries::Delivered;
use crate::evidence::Evidence;
use crate::filter::trail_account;
use crate::judge::Verdict;
use crate::seen::{Among, ByHash, Hashes};
use crate::usage::{NameOnly, Usage};

/// The sums of one thread.
///
/// A record is recognised in two steps. Its *frame* is who called what, where; its *site* adds the parameters,
/// resources and error, which decide the needs. Both are known by a hash, so a call that repeats costs neither
/// parsing nor mapping: it counts up.
#[derive(Debug)]
pub(super) struct Sums<'f> {
    fold: &'f Fold<'f>,
    tables: Tables,
    frames: Vec<Frame>,
    frame_of: ByHash<u32>,
    sites: Vec<Site>,
    site_of: ByHash<u32>,
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
    last_day: Option<i32>,
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
            resources_seen: Hashes::default(),
            delivered: Delivered::default(),
        }
    }

    pub(super) fn limits(&self) -> Limits {
        self.fold.options.limits
    }

    /// The records that follow are from a file that was delivered then.
    pub(super) fn delivered(&mut self, delivered: Delivered) {
        self.delivered = delivered;
    }

    /// How many records were taken into account.
    pub(super) fn records(&self) -> u64 {
        self.tables.counts.records
    }

    pub(super) fn into_usage(mut self) -> Usage {
        self.clear_frames();
        self.tables.into_usage()
    }

    /// Takes one record into account, unless what decides its needs is not JSON.
    pub(super) fn record(&mut self, record: Record<'_>) -> Result<(), NotJson> {
        if self.sites.len() >= self.fold.memo {
            self.clear_sites();
        }
        if self.frames.len() >= self.fold.memo {
            self.clear_frames();
        }
        let outline = record.outline();
        let (frame_key, frame) = self.frame(record)?;
        let Some(known) = self.frames.get_mut(frame as usize) else { return Ok(()) };
        let time = outline.event_time;
        let day = time.map(day_of);
        match known.caller {
            FrameCaller::Elsewhere => {
                self.tables.counts.records += 1;
                self.tables.counts.other_places += 1;
                return Ok(());
            }
            FrameCaller::Nobody(_) | FrameCaller::Unwanted => {
                let among = self.delivered.compared(day);
                let first = is_first(self.fold, known.content, outline, among);
                known.seen.see(time, outline.event_id, first);
                if outline.error_code.is_none() {
                    self.tables.profiles.observe(outline);
                }
                self.tables.counts.duplicates += u64::from(!first);
                self.tables.counts.late += u64::from(first && among == Among::Late);
                if known.kind.category == Category::Data {
                    self.see_resource_types(outline.resources);
                }
            }
            FrameCaller::Party { .. } => self.party_record(record, frame_key, frame, time, day)?,
        }
        self.tables.counts.records += 1;
        self.see_day(frame, day);
        Ok(())
    }

    #[inline]
    fn party_record(
        &mut self,
        record: Record<'_>,
        frame_key: u64,
        frame: u32,
        time: Option<Timestamp>,
        day: Option<i32>,
    ) -> Result<(), NotJson> {
        let outline = record.outline();
        let key = self.fold.keys.site(frame_key, outline);
        let site = if let Some(site) = self.site_of.get(&key) {
            *site
        } else {
            let event = record.event()?;
            event.check()?;
            self.new_site(&event, key, frame)
        };
        let Some(site) = self.sites.get_mut(site as usize) else { return Ok(()) };
        let among = self.delivered.compared(day);
        let first = is_first(self.fold, site.content, outline, among);
        site.seen.see(time, outline.event_id, first);
        self.tables.counts.duplicates += u64::from(!first);
        self.tables.counts.late += u64::from(first && among == Among::Late);
        Ok(())
    }

    fn see_day(&mut self, frame: u32, day: Option<i32>) {
        let Some(frame) = self.frames.get_mut(frame as usize) else { return };
        if let Some(day) = day
            && frame.last_day != Some(day)
        {
            frame.last_day = Some(day);
            if let Some(place) = self.tables.place_mut(frame.place) {
                place.days.insert_day(day);
            }
        }
    }

    fn see_resource_types(&mut self, resources: Option<Json<'_>>) {
        let Some(resources) = resources else { return };
        if self.resources_seen.len() >= self.fold.memo {
            self.resources_seen.clear();
        }
        if self.resources_seen.insert(self.fold.keys.of(resources.get())) {
            self.tables.coverage.see_resource_types(resources);
        }
    }

    /// The frame of a record and its key.
    #[inline]
    fn frame(&mut self, record: Record<'_>) -> Result<(u64, u32), NotJson> {
        let guess = Scope::first_guess(record.outline());
        let key = self.fold.keys.frame(record.outline(), guess);
        match self.frame_of.get(&key) {
            Some(frame) => Ok((key, *frame)),
            None => self.look_up_frame(record, key, guess),
        }
    }

    #[inline(never)]
    fn look_up_frame(&mut self, record: Record<'_>, key: u64, guess: Scope) -> Result<(u64, u32), NotJson> {
        let outline = record.outline();
        let event = record.event()?;
        let identity = identify(&event);
        let confirmed = match &identity {
            Identity::Principal { principal, certain, .. } => {
                *certain && outline.issuer_arn == Some(principal.as_str())
            }
            Identity::None(_) => false,
        };
        let key = if guess == Scope::Whole || confirmed { key } else { self.fold.keys.frame(outline, Scope::Whole) };
        if let Some(frame) = self.frame_of.get(&key) {
            return Ok((key, *frame));
        }
        if self.is_wanted(outline, &identity) {
            event.check()?;
        }
        self.tables.roles.observe(&event);
        Ok((key, self.new_frame(&event, key, identity)))
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
            last_day: None,
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

    fn new_site(&mut self, event: &Event<'_>, key: u64, frame: u32) -> u32 {
        let number = u32::try_from(self.sites.len()).unwrap_or(u32::MAX);
        let Some(Frame { caller: FrameCaller::Party { party, principal, via, .. }, content, kind, .. }) =
            self.frames.get(frame as usize)
        else {
            return number;
        };
        let verdict = Verdict::of(event, principal, self.fold.mapper);
        if verdict.outcome == Outcome::Authorised {
            self.tables.profiles.observe(&Outline::of(event));
        }
        let deed = Deed { party: *party, principal, via: via.as_ref(), event, verdict: &verdict };
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

/// Whether this is the first copy of the event, which counts. A record without an id is its own event.
fn is_first(fold: &Fold<'_>, content: u64, outline: &Outline<'_>, among: Among) -> bool {
    let Some(id) = outline.event_id else { return true };
    fold.seen.is_first(among, fold.keys.event(content, id))
}
