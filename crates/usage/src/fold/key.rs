//! Hashes by which records that say the same are recognised before they are looked into.

use std::hash::{BuildHasher, Hash, Hasher};

use foldhash::fast::RandomState;
use serde_json::value::RawValue;
use tighten_trail::Event;

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
    pub(super) fn frame(&self, event: &Event<'_>, scope: Scope) -> u64 {
        let mut hasher = self.state.build_hasher();
        let user = &event.user_identity;
        let issuer = user.session_issuer.as_ref();
        for text in [
            Some(&event.event_source),
            Some(&event.event_name),
            Some(&event.aws_region),
            event.recipient_account_id.as_ref(),
            event.event_type.as_ref(),
            event.event_category.as_ref(),
            user.kind.as_ref(),
            user.account_id.as_ref(),
            user.invoked_by.as_ref(),
            issuer.and_then(|issuer| issuer.arn.as_ref()),
            issuer.and_then(|issuer| issuer.account_id.as_ref()),
            issuer.and_then(|issuer| issuer.user_name.as_ref()),
        ] {
            write(&mut hasher, text.map(AsRef::as_ref));
        }
        write(&mut hasher, user.role_id());
        (event.management_event, event.read_only, scope == Scope::Whole).hash(&mut hasher);
        if scope == Scope::Whole {
            for text in [user.arn.as_ref(), user.principal_id.as_ref(), user.user_name.as_ref()] {
                write(&mut hasher, text.map(AsRef::as_ref));
            }
        }
        hasher.finish()
    }

    /// The key of everything that decides what a call of the frame needed.
    pub(super) fn site(&self, frame: u64, event: &Event<'_>) -> u64 {
        let mut hasher = self.state.build_hasher();
        hasher.write_u64(frame);
        write(&mut hasher, event.error_code.as_deref());
        write(&mut hasher, event.error_message.as_deref());
        write(&mut hasher, event.request_parameters.map(RawValue::get));
        write(&mut hasher, event.resources.map(RawValue::get));
        hasher.finish()
    }

    /// The key of a value.
    pub(super) fn of(&self, value: impl Hash) -> u64 {
        self.state.hash_one(value)
    }

    /// The key of one event, whose content has the given key.
    pub(super) fn event(&self, content: u64, id: &str) -> u64 {
        let mut hasher = self.state.build_hasher();
        hasher.write_u64(content);
        hasher.write(id.as_bytes());
        hasher.finish()
    }
}

impl Scope {
    /// How much to look at first. [`Scope::WithoutSession`] is confirmed only where the caller turns out to be the
    /// issuer that the record names.
    pub(super) fn first_guess(event: &Event<'_>) -> Self {
        let user = &event.user_identity;
        let named = user.session_issuer.as_ref().is_some_and(|issuer| issuer.arn.is_some());
        match user.kind.as_deref() {
            Some("AssumedRole") if named && user.account_id.is_some() => Self::WithoutSession,
            _ => Self::Whole,
        }
    }
}

/// Texts are written with their length, so that what one ends with is not what the next begins with.
fn write(hasher: &mut impl Hasher, text: Option<&str>) {
    match text {
        None => hasher.write_usize(usize::MAX),
        Some(text) => {
            hasher.write_usize(text.len());
            hasher.write(text.as_bytes());
        }
    }
}
