//! Hashes by which records that say the same are recognised before they are looked into.

use std::hash::{BuildHasher, Hash, Hasher};

use foldhash::fast::{FoldHasher, RandomState};
use tighten_mapping::Need;
use tighten_trail::{Json, Outline};

/// Makes keys. They are different in every fold, so that nobody can prepare records whose keys are equal; nothing that
/// is reported depends on them.
#[derive(Debug, Clone, Default)]
pub(super) struct Keys {
    state: RandomState,
}

/// How much of the caller a [frame key](Keys::frame) covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// Everything that may decide who called.
    Whole,
    /// Without what is different in every session of a role, where the record names the role in full.
    WithoutSession,
}

impl Keys {
    /// The key of everything that a record says but for its error, its parameters and its resources.
    #[inline]
    pub(super) fn frame(&self, outline: &Outline<'_>, scope: Scope) -> u64 {
        let mut hasher = self.state.build_hasher();
        for text in [
            Some(outline.event_source),
            Some(outline.event_name),
            Some(outline.aws_region),
            outline.recipient_account_id,
            outline.event_type,
            outline.event_category,
            outline.user_type,
            outline.account_id,
            outline.invoked_by,
            outline.issuer_arn,
            outline.issuer_account_id,
            outline.issuer_user_name,
            outline.role_id(),
        ] {
            write(&mut hasher, text);
        }
        (outline.management_event, outline.read_only, scope == Scope::Whole).hash(&mut hasher);
        if scope == Scope::Whole {
            for text in [outline.user_arn, outline.principal_id, outline.user_name] {
                write(&mut hasher, text);
            }
        }
        hasher.finish()
    }

    /// The key of everything that decides what a call of the frame needed.
    #[inline]
    pub(super) fn site(&self, frame: u64, outline: &Outline<'_>) -> u64 {
        let mut hasher = self.state.build_hasher();
        hasher.write_u64(frame);
        write(&mut hasher, outline.error_code);
        write(&mut hasher, outline.error_message);
        write(&mut hasher, outline.request_parameters.map(Json::get));
        write(&mut hasher, outline.resources.map(Json::get));
        hasher.finish()
    }

    /// The key of a text in pieces, of calls of a frame.
    #[inline]
    pub(super) fn texts(&self, frame: u64, pieces: [&str; 4]) -> u64 {
        let mut hasher = self.state.build_hasher();
        hasher.write_u64(frame);
        for piece in pieces {
            write(&mut hasher, Some(piece));
        }
        hasher.finish()
    }

    /// The key of what a verdict decides: of the frame, of what its outcome has for a [base](super::tables::Deed::base) and, to be added, of its needs.
    pub(super) fn content(&self, frame: u64, base: u64) -> Content {
        let mut hasher = self.state.build_hasher();
        hasher.write_u64(frame);
        hasher.write_u64(base);
        Content(hasher)
    }

    /// The key of everything of a need but its resources.
    pub(super) fn need(&self, need: &Need) -> u64 {
        let Need { action, resources: _, context, certainty, rule, path_unknown, unsettled, suspected } = need;
        self.of((action, context, certainty, rule, path_unknown, unsettled, suspected))
    }

    /// The key of a value.
    pub(super) fn of(&self, value: impl Hash) -> u64 {
        self.state.hash_one(value)
    }

    /// The key of one event, whose content has the given key.
    pub(super) fn event(&self, content: u64, id: &[u8]) -> u64 {
        let mut hasher = self.state.build_hasher();
        hasher.write_u64(content);
        hasher.write(id);
        hasher.finish()
    }
}

/// The key of all that decides where a call is counted, being made.
pub(super) struct Content(FoldHasher<'static>);

impl Content {
    /// Adds a need, by its [key](Keys::need); its resources follow.
    pub(super) fn need(&mut self, head: u64) {
        self.0.write_u64(0);
        self.0.write_u64(head);
    }

    /// Adds a resource, by its key.
    pub(super) fn resource(&mut self, hash: u64) {
        self.0.write_u64(hash);
    }

    pub(super) fn finish(self) -> u64 {
        self.0.finish()
    }
}

impl Scope {
    /// How much to look at first. [`Scope::WithoutSession`] is confirmed only where the caller turns out to be the
    /// issuer that the record names.
    pub(super) fn first_guess(outline: &Outline<'_>) -> Self {
        if outline.names_role() { Self::WithoutSession } else { Self::Whole }
    }
}

/// Texts are written with their length, so that what one ends with is not what the next begins with.
#[inline]
fn write(hasher: &mut impl Hasher, text: Option<&str>) {
    match text {
        None => hasher.write_usize(usize::MAX),
        Some(text) => {
            hasher.write_usize(text.len());
            hasher.write(text.as_bytes());
        }
    }
}
