//! The wrappings in which records come out of other places than the trail's bucket.

use serde_json::{Value, json};

/// Where records are taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrapping {
    /// A `CloudWatch` Logs export to S3: lines of a time stamp and a record.
    LogsExport,
    /// What a `CloudWatch` Logs subscription delivers.
    Subscription,
    /// `aws logs filter-log-events`.
    FilterLogEvents,
    /// `aws logs get-query-results`.
    Insights,
    /// The JSON that the console of Logs Insights exports.
    InsightsConsole,
    /// `aws cloudtrail get-query-results` with `eventJson`.
    Lake,
    /// The same with all columns, nested ones as JSON.
    LakeColumns,
    /// Splunk's export, one result a line.
    SplunkLines,
    /// Splunk's results as one object.
    SplunkResults,
    /// The answer of an Elastic search, with the record as the document.
    ElasticHits,
    /// Documents of Elastic, one a line, with fields taken from the record and its text beside them.
    ElasticLines,
    /// An SNS message of several records.
    Sns,
    /// `aws sqs receive-message`, with an SNS message of one record in each.
    Sqs,
}

impl Wrapping {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::LogsExport,
        Self::Subscription,
        Self::FilterLogEvents,
        Self::Insights,
        Self::InsightsConsole,
        Self::Lake,
        Self::LakeColumns,
        Self::SplunkLines,
        Self::SplunkResults,
        Self::ElasticHits,
        Self::ElasticLines,
        Self::Sns,
        Self::Sqs,
    ];

    /// The name of its file; an export of `CloudWatch` Logs has no other.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::LogsExport => "000000.gz",
            Self::Subscription => "subscription.jsonl",
            Self::FilterLogEvents => "filter-log-events.json",
            Self::Insights => "insights.json",
            Self::InsightsConsole => "insights-console.json",
            Self::Lake => "lake.json",
            Self::LakeColumns => "lake-columns.json",
            Self::SplunkLines => "splunk.jsonl",
            Self::SplunkResults => "splunk.json",
            Self::ElasticHits => "elastic.json",
            Self::ElasticLines => "elastic.ndjson",
            Self::Sns => "sns.json",
            Self::Sqs => "sqs.json",
        }
    }

    /// Whether its records are results of a search.
    pub fn is_search(self) -> bool {
        !matches!(self, Self::LogsExport | Self::Subscription | Self::Sns | Self::Sqs)
    }

    /// The file's content before any compression.
    pub fn wrap(self, records: &[Value]) -> Vec<u8> {
        let texts: Vec<String> = records.iter().map(Value::to_string).collect();
        self.wrap_texts(&texts)
    }

    /// The same, of records as they are written.
    pub fn wrap_texts(self, records: &[String]) -> Vec<u8> {
        let each = |wrap: fn(&String) -> Value| records.iter().map(wrap).collect::<Vec<_>>();
        let whole = |value: Value| format!("{value:#}\n").into_bytes();
        match self {
            Self::LogsExport => {
                let stamped: Vec<String> =
                    records.iter().map(|record| format!("2026-05-15T12:00:00.000Z {record}")).collect();
                (stamped.join("\n") + "\n").into_bytes()
            }
            Self::Subscription => lines(&records.chunks(3).map(subscription).collect::<Vec<_>>()),
            Self::FilterLogEvents => {
                let events = each(
                    |record| json!({ "logStreamName": "trail", "timestamp": 1_778_846_400_000_u64, "message": record, "ingestionTime": 1_778_846_401_000_u64, "eventId": "1" }),
                );
                whole(json!({ "events": events, "searchedLogStreams": [] }))
            }
            Self::Insights => {
                let rows = each(
                    |record| json!([{ "field": "@timestamp", "value": "2026-05-15 12:00:00.000" }, { "field": "@message", "value": record }, { "field": "@ptr", "value": "p" }]),
                );
                whole(json!({ "results": rows, "statistics": { "recordsMatched": 8.0 }, "status": "Complete" }))
            }
            Self::InsightsConsole => {
                let rows =
                    each(|record| json!({ "@timestamp": "2026-05-15 12:00:00.000", "@message": parsed(record) }));
                whole(rows.into())
            }
            Self::Lake => {
                let rows = each(|record| json!([{ "eventTime": "2026-05-15 12:00:00.000" }, { "eventJson": record }]));
                whole(json!({ "QueryStatus": "FINISHED", "QueryResultRows": rows }))
            }
            Self::LakeColumns => {
                let rows = each(|record| columns(&parsed(record)));
                whole(json!({ "QueryStatus": "FINISHED", "QueryResultRows": rows }))
            }
            Self::SplunkLines => lines(&each(
                |record| json!({ "preview": false, "result": { "_raw": record, "eventName": "ListBuckets", "userIdentity.type": "Root" } }),
            )),
            Self::SplunkResults => {
                let results = each(
                    |record| json!({ "_time": "2026-05-15T12:00:00.000+00:00", "eventSource": "s3.amazonaws.com", "_raw": record }),
                );
                whole(json!({ "preview": false, "results": results }))
            }
            Self::ElasticHits => {
                let hits = each(|record| json!({ "_index": "trail", "_source": parsed(record) }));
                whole(json!({ "took": 1, "hits": { "total": { "value": records.len() }, "hits": hits } }))
            }
            Self::ElasticLines => lines(&each(
                |record| json!({ "_index": "filebeat", "_source": { "aws": { "cloudtrail": { "event_version": "1.09" } }, "event": { "action": "ListBuckets", "original": record } } }),
            )),
            Self::Sns => whole(sns(&format!("{{\"Records\":[{}]}}", records.join(",")))),
            Self::Sqs => {
                let messages =
                    each(|record| json!({ "MessageId": "1", "ReceiptHandle": "r", "Body": sns(record).to_string() }));
                whole(json!({ "Messages": messages }))
            }
        }
    }
}

fn parsed(record: &str) -> Value {
    serde_json::from_str(record).unwrap_or_default()
}

fn subscription(records: &[String]) -> Value {
    let event = |record: &String| json!({ "id": "1", "timestamp": 1_778_846_400_000_u64, "message": record });
    let events: Vec<Value> = records.iter().map(event).collect();
    json!({ "messageType": "DATA_MESSAGE", "owner": "111122223333", "logGroup": "trail", "logEvents": events })
}

/// The message as SNS wraps it.
fn sns(message: &str) -> Value {
    json!({ "Type": "Notification", "MessageId": "1", "TopicArn": "arn:aws:sns:eu-west-1:111122223333:trail", "Message": message })
}

/// A row of one column each; what a record lacks is an empty text.
fn columns(record: &Value) -> Value {
    const ALWAYS: [&str; 14] = [
        "eventTime",
        "eventSource",
        "eventName",
        "awsRegion",
        "userIdentity",
        "errorCode",
        "errorMessage",
        "requestParameters",
        "responseElements",
        "additionalEventData",
        "resources",
        "eventID",
        "eventType",
        "recipientAccountId",
    ];
    let mut members = record.as_object().cloned().unwrap_or_default();
    for column in ALWAYS {
        members.entry(column).or_insert_with(|| "".into());
    }
    let text = |value: Value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    members.into_iter().map(|(name, value)| json!({ name: text(value) })).collect()
}

fn lines(values: &[Value]) -> Vec<u8> {
    let lines: Vec<String> = values.iter().map(Value::to_string).collect();
    (lines.join("\n") + "\n").into_bytes()
}
