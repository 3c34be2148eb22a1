//! What a mistyped name may have been meant to be.

/// Up to `most` of `names` that are nearest to `wanted`, nearest first; none that has little to do with it.
pub(crate) fn near<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>, most: usize) -> Vec<&'a str> {
    let wanted = wanted.to_ascii_lowercase();
    let mut scored: Vec<(u32, &str)> = names
        .into_iter()
        .filter_map(|name| {
            let lower = name.to_ascii_lowercase();
            let holds = wanted.len() >= 3 && lower.contains(&wanted);
            let similarity = strsim::jaro_winkler(&wanted, &lower);
            // Whole thousandths, because floating point numbers have no total order.
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1000")]
            let distance = 1000 - (similarity * 1000.0) as u32;
            (holds || distance <= FARTHEST).then_some((if holds { distance / 4 } else { distance }, name))
        })
        .collect();
    scored.sort_unstable();
    scored.dedup();
    scored.into_iter().take(most).map(|(_, name)| name).collect()
}

/// Similarity of 0.82 and above; below, suggestions surprise more than they help.
const FARTHEST: u32 = 180;

#[cfg(test)]
mod tests {
    use super::near;

    #[test]
    fn the_nearest_come_first() {
        let names = ["GetObject", "PutObject", "PutObjectAcl", "ListBucket"];
        assert_eq!(near("PutObjct", names, 2), ["PutObject", "PutObjectAcl"]);
        assert_eq!(near("bucket", names, 3), ["ListBucket"]);
        assert!(near("zzz", names, 3).is_empty());
    }
}
