//! Where logs are in S3.

use std::fmt;
use std::str::FromStr;

/// A bucket and a folder of it, or one object: `s3://bucket/prefix`.
///
/// ```
/// use tighten_aws::S3Address;
///
/// let address: S3Address = "s3://logs/AWSLogs".parse()?;
/// assert_eq!((address.bucket(), address.prefix()), ("logs", "AWSLogs/"));
/// # Ok::<(), tighten_aws::AddressError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct S3Address {
    bucket: String,
    /// Ends with `/`, unless it is empty or an object's key.
    prefix: String,
}

/// Why text is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an address in S3, such as `s3://bucket/AWSLogs`")]
pub struct AddressError(String);

const SCHEME: &str = "s3://";

impl S3Address {
    /// A folder of a bucket; an empty prefix is all of it.
    pub fn new(bucket: impl Into<String>, prefix: impl Into<String>) -> Self {
        let mut prefix = prefix.into();
        // A prefix in S3 is any beginning of a key, and `logs` would be `logs-of-others/`, too.
        if !prefix.is_empty() && !prefix.ends_with('/') && !is_object(&prefix) {
            prefix.push('/');
        }
        Self { bucket: bucket.into(), prefix }
    }

    /// Whether the text looks like an address, good or not.
    pub fn is_meant_by(text: &str) -> bool {
        text.get(..SCHEME.len()).is_some_and(|scheme| scheme.eq_ignore_ascii_case(SCHEME))
    }

    /// The bucket, or the alias of an access point.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// The beginning of the keys, or a whole key.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The key, if it is the address of one object.
    pub(crate) fn key(&self) -> Option<&str> {
        Some(self.prefix.as_str()).filter(|prefix| !prefix.is_empty() && !prefix.ends_with('/'))
    }

    /// The address of a key.
    pub(crate) fn of_key(bucket: &str, key: &str) -> String {
        format!("{SCHEME}{bucket}/{key}")
    }

    /// Whether all that the other holds is in here.
    pub fn holds(&self, other: &Self) -> bool {
        let is_inside =
            if self.key().is_some() { other.prefix == self.prefix } else { other.prefix.starts_with(&self.prefix) };
        self.bucket == other.bucket && is_inside
    }
}

/// Whether the prefix is the key of one log.
fn is_object(prefix: &str) -> bool {
    let name = prefix.rsplit('/').next().unwrap_or(prefix);
    tighten_trail::is_log_name(name) || is_gzip(name)
}

/// Whether the name ends like that of a gzip file.
pub(crate) fn is_gzip(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, end)| end.eq_ignore_ascii_case("gz"))
}

impl FromStr for S3Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let wrong = || AddressError(text.to_owned());
        if !Self::is_meant_by(text) {
            return Err(wrong());
        }
        let rest = text.get(SCHEME.len()..).ok_or_else(wrong)?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        if bucket.len() < 3 || !bucket.bytes().all(legal) {
            return Err(wrong());
        }
        Ok(Self::new(bucket, prefix))
    }
}

impl fmt::Display for S3Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}/{}", self.bucket, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_folders_or_objects() {
        let of = |text: &str| text.parse::<S3Address>().map(|address| (address.bucket, address.prefix));
        let address = |bucket: &str, prefix: &str| Ok((bucket.to_owned(), prefix.to_owned()));
        assert_eq!(of("s3://logs"), address("logs", ""));
        assert_eq!(of("S3://logs/"), address("logs", ""));
        assert_eq!(of("s3://logs/a/b"), address("logs", "a/b/"));
        assert_eq!(of("s3://logs/a/b.json.gz"), address("logs", "a/b.json.gz"));
        for text in ["logs", "s3://", "s3:///x", "s3://a b/c", "http://logs/x", "s3:/logs", "é3://x"] {
            assert_eq!(of(text), Err(AddressError(text.to_owned())), "{text}");
        }
    }

    #[test]
    fn one_holds_the_other() {
        let (all, part): (S3Address, S3Address) = ("s3://logs".parse().unwrap(), "s3://logs/a".parse().unwrap());
        assert!(all.holds(&part) && all.holds(&all) && !part.holds(&all));
        let (one, other): (S3Address, S3Address) =
            ("s3://logs/x.json".parse().unwrap(), "s3://logs/x.jsonl".parse().unwrap());
        assert!(!one.holds(&other) && one.holds(&one) && all.holds(&one));
    }
}
