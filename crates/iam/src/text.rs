//! What text a policy document may hold.

/// The first character of `text` that IAM refuses in a policy document.
///
/// A document may hold TAB, LF, CR and U+0020 to U+00FF.
///
/// ```
/// assert_eq!(tighten_iam::illegal_character("arn:aws:s3:::café"), None);
/// assert_eq!(tighten_iam::illegal_character("arn:aws:s3:::日誌"), Some('日'));
/// ```
pub fn illegal_character(text: &str) -> Option<char> {
    text.chars().find(|&c| !is_legal(c))
}

/// Makes a `Sid` out of words: letters and digits are kept, each word starts with a capital.
///
/// The `Sid` of an identity policy is made of `A`-`Z`, `a`-`z` and `0`-`9` alone.
///
/// ```
/// assert_eq!(tighten_iam::legal_sid("execute-api: read & write"), "ExecuteApiReadWrite");
/// ```
pub fn legal_sid(words: &str) -> String {
    let mut sid = String::with_capacity(words.len());
    for word in words.split(|c: char| !c.is_ascii_alphanumeric()) {
        let mut chars = word.chars();
        sid.extend(chars.next().map(|first| first.to_ascii_uppercase()));
        sid.extend(chars);
    }
    sid
}

/// Whether text can be the `Sid` of an identity policy's statement; other policies are less strict.
pub fn is_legal_sid(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric())
}

pub(crate) fn is_legal(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{ff}')
}

/// Gives a type that parses from and displays as text the same shape in serialised form.
macro_rules! serde_as_text {
    ($type:ty) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use serde_as_text;

/// Makes a type that is text, with something worked out beside it, compare and hash by one of its fields and show and
/// serialise as its text.
macro_rules! text_type {
    ($type:ty, compared by $field:ident) => {
        impl PartialEq for $type {
            fn eq(&self, other: &Self) -> bool {
                self.$field == other.$field
            }
        }

        impl Eq for $type {}

        impl Ord for $type {
            fn cmp(&self, other: &Self) -> std::cmp::Ordering {
                self.$field.cmp(&other.$field)
            }
        }

        impl PartialOrd for $type {
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }

        impl std::hash::Hash for $type {
            fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
                self.$field.hash(state);
            }
        }

        crate::text::shown_as_text!($type);
        crate::text::serde_as_text!($type);
    };
}
pub(crate) use text_type;

/// Makes a type show as the text that it is made of.
macro_rules! shown_as_text {
    ($type:ty) => {
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.text)
            }
        }

        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(&self.text, f)
            }
        }
    };
}
pub(crate) use shown_as_text;
