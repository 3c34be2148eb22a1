//! Calls on objects, of which each may have a key of its own.
//!
//! A trail with data events has millions of calls that differ in nothing but the key of the object. What decides their needs
//! is worked out once for all that are equal but for the key; each of them only adds its object.

use std::sync::LazyLock;

use memchr::memmem;
use serde_json::Value;
use serde_json::value::RawValue;
use tighten_iam::Principal;
use tighten_mapping::{Mapped, Need, is_mere_name};
use tighten_trail::{DecisiveParts, Json, Outcome, Outline};

use super::Fold;
use super::key::Keys;
use super::tables::{Deed, Slot};
use crate::judge::Verdict;

/// The event source of S3.
pub(super) const SOURCE: &str = "s3.amazonaws.com";
/// A key that no object has.
const PROBE: &str = "tighten/probe-0.x_y=z";

/// How many kinds of calls a frame has, and how its [`Template`]s do.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ObjectCalls {
    pub(super) sites: u32,
    templates: u32,
    hits: u32,
}

/// A call on one object, with its key left open.
#[derive(Debug, Clone, Copy)]
pub(super) struct ObjectCall<'r> {
    key: &'r str,
    /// The request's parameters before and after the key.
    parameters: [&'r str; 2],
    /// The record's resources before and after the key, or whole.
    resources: [&'r str; 2],
}

/// What all calls need that are equal but for the key.
#[derive(Debug)]
pub(super) struct Template {
    /// Of the outcome.
    base: u64,
    needs: Vec<OpenNeed>,
}

/// A need, on resources that may end with the key.
#[derive(Debug)]
struct OpenNeed {
    slot: Slot,
    /// The hash of everything but the resources.
    head: u64,
    resources: Vec<OpenResource>,
}

#[derive(Debug)]
enum OpenResource {
    /// The hash of a resource that has nothing of the key.
    Same(u64),
    /// What stands before the key.
    Before(Box<str>),
}

impl ObjectCalls {
    /// Whether to look for calls that are equal but for the key, once there are many kinds of calls. It is not worth while
    /// where they have other parameters of their own.
    pub(super) fn is_worth_while(self, from: u32) -> bool {
        self.sites >= from && (self.templates <= from || self.hits / 4 >= self.templates)
    }

    pub(super) fn hit(&mut self) {
        self.hits = self.hits.saturating_add(1);
    }

    pub(super) fn miss(&mut self) {
        self.templates = self.templates.saturating_add(1);
    }
}

impl<'r> ObjectCall<'r> {
    /// The call of a record that went well, if its key is plain text and cannot be anything but a name.
    pub(super) fn of(outline: &Outline<'r>) -> Option<Self> {
        const BEFORE: &str = "\"key\":\"";
        static FINDER: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(BEFORE));
        let is_refused = |text: Option<&str>| text.is_some_and(|text| !text.is_empty());
        if is_refused(outline.error_code) || is_refused(outline.error_message) {
            return None;
        }
        let parameters = outline.request_parameters?.get();
        let from = FINDER.find(parameters.as_bytes())? + BEFORE.len();
        let (before, rest) = parameters.split_at_checked(from)?;
        let (key, after) = rest.split_at_checked(rest.bytes().position(|byte| !is_plain(byte))?)?;
        if !is_mere_name(key) || !after.starts_with('"') {
            return None;
        }
        let logged = outline.resources.map_or("", Json::get);
        Some(Self { key, parameters: [before, after], resources: around(logged, key).unwrap_or([logged, ""]) })
    }

    /// The hash of everything but the key.
    pub(super) fn rest(&self, keys: &Keys, frame: u64) -> u64 {
        let Self { key: _, parameters, resources } = self;
        keys.texts(frame, [parameters[0], parameters[1], resources[0], resources[1]])
    }

    /// The parameters and the resources with another key. `None` for resources that the record has not.
    fn with(&self, key: &str) -> (String, Option<String>) {
        let [before, after] = self.parameters;
        let logged = match self.resources {
            ["", ""] => None,
            [whole, ""] => Some(whole.to_owned()),
            [before, after] => Some(format!("{before}{key}{after}")),
        };
        (format!("{before}{key}{after}"), logged)
    }
}

/// What stands around the only place where an ARN in the text ends with the key.
fn around<'t>(text: &'t str, key: &str) -> Option<[&'t str; 2]> {
    // An ARN ends with its quote.
    let mut places = memchr::memchr_iter(b'"', text.as_bytes()).filter_map(|end| {
        let before = text.get(..end)?.strip_suffix(key).filter(|before| before.ends_with('/'))?;
        Some([before, text.get(end..)?])
    });
    places.next().filter(|_| places.next().is_none())
}

/// What neither JSON nor a policy writes in another way.
fn is_plain(byte: u8) -> bool {
    PLAIN.get(usize::from(byte)).is_some_and(|plain| *plain)
}

/// By byte, whether it is [plain](is_plain).
static PLAIN: [bool; 256] = plain();

const fn plain() -> [bool; 256] {
    let mut plain = [false; 256];
    let mut byte = 0u8;
    while byte < 0x80 {
        let other =
            matches!(byte, b'/' | b'-' | b'_' | b'.' | b'=' | b'+' | b'@' | b',' | b':' | b'~' | b'!' | b'(' | b')');
        #[expect(clippy::indexing_slicing, reason = "there is a place for every byte")]
        {
            plain[byte as usize] = byte.is_ascii_alphanumeric() || other;
        }
        byte += 1;
    }
    plain
}

impl Template {
    /// What calls need that are equal to this one but for their key; `None` if that is not known from this one.
    ///
    /// The call is mapped once more with another key: what is different then has to be the key and nothing else. `slot`
    /// tells where a need is counted.
    pub(super) fn new(
        call: &ObjectCall<'_>,
        deed: &Deed<'_>,
        principal: &Principal,
        fold: &Fold<'_>,
        mut slot: impl FnMut(&Need) -> Slot,
    ) -> Option<Self> {
        let (verdict, keys) = (deed.verdict, &fold.keys);
        if verdict.outcome != Outcome::Authorised || call.key == PROBE {
            return None;
        }
        let (parameters, logged) = call.with(PROBE);
        // It is the parameter itself that has the key, not something inside of another one.
        let probe = serde_json::from_str::<Value>(&parameters).ok()?;
        if probe.get("key")?.as_str() != Some(PROBE) {
            return None;
        }
        let logged = logged.as_deref().map(serde_json::from_str::<&RawValue>).transpose().ok()?;
        let parts = DecisiveParts { parameters: serde_json::from_str(&parameters).ok(), resources: logged };
        let probed = Verdict::of(deed.event, parts, principal, fold.mapper);
        let (Some(Mapped::Needs(own)), Some(Mapped::Needs(probed))) = (&verdict.mapped, &probed.mapped) else {
            return None;
        };
        if own.is_empty() || own.len() != probed.len() {
            return None;
        }
        let needs = own.iter().zip(probed).map(|(own, probed)| {
            let resources = own.resources.iter().zip(&probed.resources).map(|(own, probed)| {
                if own == probed {
                    return Some(OpenResource::Same(keys.of(own.as_str())));
                }
                let before = own.as_str().strip_suffix(call.key)?;
                let is_same = probed.as_str().strip_suffix(PROBE) == Some(before) && before.ends_with('/');
                is_same.then(|| OpenResource::Before(before.into()))
            });
            let resources = resources.collect::<Option<Vec<_>>>()?;
            let is_same = resources.len() == probed.resources.len()
                && *own == Need { resources: own.resources.clone(), ..probed.clone() };
            is_same.then(|| OpenNeed { slot: slot(own), head: keys.need(own), resources })
        });
        Some(Self { base: deed.base(keys), needs: needs.collect::<Option<_>>()? })
    }

    /// The resources of the call's needs that end with its key, and the hash of all that decides where it is counted, as
    /// [`Deed::content`] has it.
    pub(super) fn fill(
        &self,
        call: &ObjectCall<'_>,
        keys: &Keys,
        frame: u64,
        text: &mut String,
        mut visit: impl FnMut(Slot, &str),
    ) -> u64 {
        let mut content = keys.content(frame, self.base);
        for need in &self.needs {
            content.need(need.head);
            for resource in &need.resources {
                match resource {
                    OpenResource::Same(hash) => content.resource(*hash),
                    OpenResource::Before(before) => {
                        text.clear();
                        text.push_str(before);
                        text.push_str(call.key);
                        content.resource(keys.of(text.as_str()));
                        visit(need.slot, text);
                    }
                }
            }
        }
        content.finish()
    }

    /// Whether the resource of a call with this key is different for another key.
    pub(super) fn is_open(&self, call: &ObjectCall<'_>, slot: Slot, resource: &str) -> bool {
        let mut own = self.needs.iter().filter(|need| need.slot == slot).flat_map(|need| &need.resources);
        own.any(|open| match open {
            OpenResource::Before(before) => resource.strip_suffix(call.key) == Some(before),
            OpenResource::Same(_) => false,
        })
    }
}
