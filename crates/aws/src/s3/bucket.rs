//! One bucket: pages of its keys, and the content of its objects.

use std::ops::Range;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{ResponseChecksumValidation, StalledStreamProtectionConfig};
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::types::{ObjectStorageClass, OptionalObjectAttributes};

use super::address::S3Address;
use crate::connect::Connection;
use crate::error::{AwsError, Problem};
pub(crate) use crate::permissions::calls::{GET_OBJECT as GET, LIST_OBJECTS as LIST};

/// One bucket, in the region that it is in.
#[derive(Debug, Clone)]
pub(crate) struct Bucket {
    client: Client,
    pub(crate) name: String,
}

/// A page of keys.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) keys: Vec<Key>,
    /// The folders, each with the whole of its prefix.
    pub(crate) folders: Vec<String>,
    /// Where the next page begins.
    pub(crate) next: Option<String>,
}

/// An object that was listed.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) size: u64,
    pub(crate) storage: Storage,
}

/// Whether an object can be read as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Storage {
    Ready,
    Archived,
    DeeplyArchived,
}

impl Bucket {
    /// Finds the bucket's region by looking for one key of the prefix, which also tells whether listing is allowed.
    pub(crate) async fn open(connection: &Connection, address: &S3Address) -> Result<Self, AwsError> {
        let name = address.bucket().to_owned();
        let at_hand = Self { client: client(connection, None), name: name.clone() };
        let first = at_hand.client.list_objects_v2().bucket(&name).prefix(address.prefix()).max_keys(1).send().await;
        let error = match first {
            Ok(_) => return Ok(at_hand),
            Err(error) => AwsError::of(LIST, address.to_string(), error),
        };
        match error.problem() {
            Problem::WrongRegion(Some(region)) if region != connection.region() => {
                tracing::info!(bucket = name, region, "the bucket is in another region");
                let client = client(connection, Some(region));
                let found = Self { client, name };
                found.page(address.prefix(), false, None).await.map(|_| found)
            }
            _ => Err(error),
        }
    }

    /// The bucket `logs` of a server on loopback.
    #[cfg(test)]
    pub(crate) fn for_tests(url: &str) -> Self {
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(aws_sdk_s3::config::BehaviorVersion::latest())
            .credentials_provider(aws_sdk_s3::config::Credentials::new("testing", "testing", None, None, "test"))
            .region(aws_sdk_s3::config::Region::from_static("us-east-1"))
            .http_client(crate::connect::http_client_for_tests())
            .endpoint_url(url)
            .force_path_style(true);
        Self { client: Client::from_conf(config.build()), name: "logs".to_owned() }
    }

    /// A page of the keys of a prefix; with `by_folder` only those directly in it, and its folders.
    pub(crate) async fn page(&self, prefix: &str, by_folder: bool, from: Option<&str>) -> Result<Page, AwsError> {
        let resource = || S3Address::of_key(&self.name, prefix);
        let answer = self
            .client
            .list_objects_v2()
            .bucket(&self.name)
            .prefix(prefix)
            .set_delimiter(by_folder.then(|| "/".to_owned()))
            .set_continuation_token(from.map(str::to_owned))
            .optional_object_attributes(OptionalObjectAttributes::RestoreStatus)
            .send()
            .await
            .map_err(|error| AwsError::of(LIST, resource(), error))?;
        let is_truncated = answer.is_truncated().unwrap_or_default();
        let next = answer.next_continuation_token().map(str::to_owned).filter(|_| is_truncated);
        // Whoever went on would list the same keys for ever, or take a part for all.
        if is_truncated && (next.is_none() || next.as_deref() == from) {
            return Err(AwsError::new(LIST, resource(), Problem::Odd));
        }
        Ok(page(answer, next))
    }

    /// The content of an object, or a part of it. Later parts are of the same version as the first, whose tag they give.
    pub(crate) async fn get(
        &self,
        key: &str,
        part: Option<Range<u64>>,
        tag: Option<String>,
    ) -> Result<GetObjectOutput, AwsError> {
        let range = part.map(|part| format!("bytes={}-{}", part.start, part.end.saturating_sub(1)));
        let call = self.client.get_object().bucket(&self.name).key(key).set_range(range).set_if_match(tag);
        call.send().await.map_err(|error| AwsError::of(GET, S3Address::of_key(&self.name, key), error))
    }
}

fn client(connection: &Connection, region: Option<&str>) -> Client {
    let config = match region {
        Some(region) => connection.config_in(region),
        None => connection.config().clone(),
    };
    let config = aws_sdk_s3::config::Builder::from(&config)
        .force_path_style(connection.is_elsewhere())
        // gzip has its own checksum, and a part of an object has none in S3.
        .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
        .stalled_stream_protection(StalledStreamProtectionConfig::enabled().build());
    Client::from_conf(config.build())
}

fn page(answer: ListObjectsV2Output, next: Option<String>) -> Page {
    let folders = answer.common_prefixes.unwrap_or_default().into_iter().filter_map(|folder| folder.prefix);
    let keys = answer.contents.unwrap_or_default().into_iter().filter_map(|object| {
        let is_restored = object.restore_status().is_some_and(|status| {
            status.is_restore_in_progress() != Some(true) && status.restore_expiry_date().is_some()
        });
        let storage = match object.storage_class() {
            _ if is_restored => Storage::Ready,
            Some(ObjectStorageClass::Glacier) => Storage::Archived,
            Some(ObjectStorageClass::DeepArchive) => Storage::DeeplyArchived,
            _ => Storage::Ready,
        };
        let size = object.size().and_then(|size| u64::try_from(size).ok()).unwrap_or_default();
        object.key.map(|name| Key { name, size, storage })
    });
    Page { keys: keys.collect(), folders: folders.collect(), next }
}
