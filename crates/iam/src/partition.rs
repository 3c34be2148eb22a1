//! The partitions of AWS: the one table of them.

/// An AWS partition, the second part of every ARN: regions with accounts, identities and names of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Partition(&'static str);

/// The spelling in ARNs and how the names of its regions begin; those of the first begin like nothing else.
const PARTITIONS: [(&str, &str); 8] = [
    ("aws", ""),
    ("aws-cn", "cn-"),
    ("aws-us-gov", "us-gov-"),
    ("aws-iso", "us-iso-"),
    ("aws-iso-b", "us-isob-"),
    ("aws-iso-e", "eu-isoe-"),
    ("aws-iso-f", "us-isof-"),
    ("aws-eusc", "eusc-"),
];

impl Partition {
    /// The partition of the commercial regions.
    pub const AWS: Self = Self("aws");

    /// All partitions.
    pub fn all() -> impl Iterator<Item = Self> {
        PARTITIONS.iter().map(|(name, _)| Self(name))
    }

    /// The partition that a region belongs to; of a region that is like none, that of the commercial regions.
    pub fn of_region(region: &str) -> Self {
        let own = PARTITIONS.iter().find(|(_, prefix)| !prefix.is_empty() && region.starts_with(prefix));
        own.map_or(Self::AWS, |(name, _)| Self(name))
    }

    /// The region in which calls to global services are recorded, where that is documented.
    pub fn global_region(self) -> Option<&'static str> {
        match self.0 {
            "aws" => Some("us-east-1"),
            "aws-us-gov" => Some("us-gov-west-1"),
            _ => None,
        }
    }

    /// The ARN spelling.
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn global_services_have_a_region_where_that_is_documented() {
        let of = |region: &str| Partition::of_region(region).global_region();
        assert_eq!(of("eu-west-1"), Some("us-east-1"));
        assert_eq!(of("us-gov-east-1"), Some("us-gov-west-1"));
        assert_eq!(of("cn-north-1"), None);
    }

    #[test]
    fn a_region_tells_its_partition() {
        let regions = [
            ("us-east-1", "aws"),
            ("eu-central-1", "aws"),
            ("", "aws"),
            ("cn-north-1", "aws-cn"),
            ("us-gov-west-1", "aws-us-gov"),
            ("us-iso-east-1", "aws-iso"),
            ("us-isob-east-1", "aws-iso-b"),
            ("eu-isoe-west-1", "aws-iso-e"),
            ("us-isof-south-1", "aws-iso-f"),
            ("eusc-de-east-1", "aws-eusc"),
        ];
        for (region, partition) in regions {
            assert_eq!(Partition::of_region(region).as_str(), partition, "{region}");
        }
        for partition in Partition::all() {
            assert!(regions.iter().any(|(_, name)| *name == partition.as_str()), "{partition:?} has no region here");
        }
    }
}
