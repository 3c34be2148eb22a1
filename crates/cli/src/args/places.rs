//! Sources without a flag.

use clap::Args;

use super::InputArgs;

/// Where the logs are, named as they are.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Input")]
pub(crate) struct PlaceArgs {
    /// Where the logs are: a directory, a file, or an address in S3. The same as --trail-dir and --s3.
    #[arg(value_name = "PLACE")]
    places: Vec<std::path::PathBuf>,
}

impl InputArgs {
    /// With these sources, too.
    #[must_use]
    pub(crate) fn with(mut self, places: PlaceArgs) -> Self {
        for place in places.places {
            #[cfg(feature = "aws")]
            if let Some(text) = place.to_str().filter(|text| tighten_aws::S3Address::is_meant_by(text)) {
                self.s3.push(text.to_owned());
                continue;
            }
            self.trail_dirs.push(place);
        }
        self
    }
}
