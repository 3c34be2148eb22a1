//! Which regions there are.

use tighten_iam::Partition;

/// The regions of each partition, as AWS's own list of endpoints has them (botocore 1.44.8).
const REGIONS: [(&str, &[&str]); 8] = [
    (
        "aws",
        &[
            "af-south-1",
            "ap-east-1",
            "ap-east-2",
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-northeast-3",
            "ap-south-1",
            "ap-south-2",
            "ap-southeast-1",
            "ap-southeast-2",
            "ap-southeast-3",
            "ap-southeast-4",
            "ap-southeast-5",
            "ap-southeast-6",
            "ap-southeast-7",
            "ca-central-1",
            "ca-west-1",
            "eu-central-1",
            "eu-central-2",
            "eu-north-1",
            "eu-south-1",
            "eu-south-2",
            "eu-west-1",
            "eu-west-2",
            "eu-west-3",
            "il-central-1",
            "me-central-1",
            "me-south-1",
            "me-west-1",
            "mx-central-1",
            "sa-east-1",
            "sa-west-1",
            "us-east-1",
            "us-east-2",
            "us-west-1",
            "us-west-2",
        ],
    ),
    ("aws-cn", &["cn-north-1", "cn-northwest-1"]),
    ("aws-eusc", &["eusc-de-east-1"]),
    ("aws-iso", &["us-iso-east-1", "us-iso-west-1"]),
    ("aws-iso-b", &["us-isob-east-1", "us-isob-west-1"]),
    ("aws-iso-e", &["eu-isoe-west-1"]),
    ("aws-iso-f", &["us-isof-east-1", "us-isof-south-1"]),
    ("aws-us-gov", &["us-gov-east-1", "us-gov-west-1"]),
];

/// The regions of the partition that this one is in, itself among them.
pub(super) fn beside(region: &str) -> Vec<String> {
    let partition = Partition::of_region(region).as_str();
    let known = REGIONS.iter().find(|(name, _)| *name == partition).map_or(&[][..], |(_, regions)| *regions);
    let mut regions: Vec<String> = known.iter().map(|&region| region.to_owned()).collect();
    if !regions.iter().any(|known| known == region) {
        regions.push(region.to_owned());
    }
    regions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_region_is_in_its_partition_and_every_partition_has_some() {
        for partition in Partition::all() {
            let own = REGIONS.iter().find(|(name, _)| *name == partition.as_str()).map_or(&[][..], |(_, own)| *own);
            assert!(!own.is_empty() && own.is_sorted(), "{partition:?}");
            assert!(own.iter().all(|region| Partition::of_region(region) == partition), "{partition:?}");
        }
    }

    #[test]
    fn a_region_that_is_new_is_asked_too() {
        assert!(beside("eu-west-9").contains(&"eu-west-9".to_owned()) && beside("eu-west-9").len() > 30);
        assert_eq!(beside("cn-north-1"), ["cn-north-1", "cn-northwest-1"]);
    }
}
