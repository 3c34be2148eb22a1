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
