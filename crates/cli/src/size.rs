//! Sizes as people write them.

/// Reads `4096`, `512MiB`, `2GB`, `16G`: bytes, or decimal and binary multiples; a bare letter is binary.
pub(crate) fn parse(text: &str) -> Result<u64, String> {
    let wrong = || format!("`{text}` is not a size such as `512MiB`, `2GB` or `4096`");
    let digits = text.trim().trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == ' ');
    let unit = text.trim().strip_prefix(digits).unwrap_or_default().trim().to_ascii_lowercase();
    let factor: u64 = match unit.as_str() {
        "" | "b" => 1,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "tb" => 1_000_000_000_000,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "t" | "tib" => 1 << 40,
        _ => return Err(wrong()),
    };
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    match number.checked_mul(factor) {
        Some(0) | None => Err(format!("`{text}` is out of range")),
        Some(bytes) => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn units_are_decimal_or_binary() {
        assert_eq!(parse("4096"), Ok(4096));
        assert_eq!(parse(" 2 GB "), Ok(2_000_000_000));
        assert_eq!(parse("512MiB"), Ok(512 << 20));
        assert_eq!(parse("16g"), Ok(16 << 30));
    }

    #[test]
    fn what_is_no_size_is_refused() {
        for text in ["", "GB", "-1", "1.5GB", "1XB", "0", "99999999999T"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
