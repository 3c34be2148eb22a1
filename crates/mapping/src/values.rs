//! The values of ARN variables: which parameter holds one, and how its text becomes the ARN's.

use std::borrow::Cow;

use tighten_catalog::{Alias, Decode, Param};
use tighten_iam::{Arn, escape_literal};

use crate::facts::Facts;
use crate::format::Place;
use crate::parameters::{Leaf, normalise, starts_with_ignore_case};
use crate::resolve::Resolver;
use crate::types::Type;

/// Names that say nothing about whose name, id or type it is.
const GENERIC: [&str; 15] = [
    "name",
    "id",
    "identifier",
    "arn",
    "type",
    "scope",
    "key",
    "value",
    "version",
    "number",
    "token",
    "uuid",
    "resourcename",
    "resourceid",
    "resourcearn",
];

/// Names that are those of what the call's noun is.
const LABELS: [&str; 3] = ["name", "identifier", "id"];

/// Whether a name, as [`normalise`] writes it, says nothing about whose name, id or type it is.
pub(crate) fn is_generic(name: &str) -> bool {
    GENERIC.contains(&name)
}

/// Endings by which the same thing is called in formats and in parameters.
const ENDINGS: [&str; 9] =
    ["namewithoutleadingslash", "namewithpath", "idwithpath", "name", "identifier", "id", "arn", "number", ""];

/// The values found for one variable, as pattern text, and the parameter that holds them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Values {
    pub(crate) texts: Vec<String>,
    pub(crate) from: String,
    pub(crate) path_unknown: bool,
    /// A rule says so, or the parameter bears the variable's own name.
    pub(crate) sure: bool,
    /// No parameter says so: it is what AWS takes when none does.
    pub(crate) assumed: bool,
    /// Of each of the texts, the account and the region of the ARN that held it.
    pub(crate) homes: Vec<Home>,
}

/// Account and region of an ARN; none of what stood in no ARN.
pub(crate) type Home = Option<(String, String)>;

fn home(arn: &Arn) -> (String, String) {
    (arn.account().to_owned(), arn.region().to_owned())
}

/// What the rules say about a variable.
enum Ruled {
    /// No rule, or the call has none of the parameters that the rules name.
    NoRule,
    /// A rule's parameter is there and does not hold the variable.
    Nothing,
    Values(Values),
}

/// What a text says about a variable.
enum Told {
    /// No ARN: the text itself may be the value.
    Plain,
    /// An ARN that has the variable as one of its parts.
    Part(String, Arn),
    /// An ARN that has not: nothing to fill the variable with.
    OtherArn,
}

/// Looks for the variables of one resource type in one call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lookup<'l> {
    resolver: &'l Resolver<'l>,
    facts: &'l Facts<'l>,
    kind: &'l Type,
    /// Parameters called just `name` or `id` may speak of this type.
    generic: bool,
    /// The record's `resources` may hold what the resource is a part of.
    logged: bool,
}

impl<'l> Lookup<'l> {
    pub(crate) fn new(resolver: &'l Resolver<'l>, facts: &'l Facts<'l>, kind: &'l Type) -> Self {
        Self { resolver, facts, kind, generic: false, logged: false }
    }

    /// With `generic`, parameters called just `name` or `id` are taken to speak of this type.
    pub(crate) fn also_generic(self, generic: bool) -> Self {
        Self { generic, ..self }
    }

    /// With `logged`, the record's `resources` may hold what the resource is a part of.
    pub(crate) fn also_logged(self, logged: bool) -> Self {
        Self { logged, ..self }
    }

    /// The values of `variable`, if the call has any.
    pub(crate) fn values(&self, variable: &str) -> Option<Values> {
        let found = match self.by_rule(variable) {
            Ruled::Values(values) => Some(values),
            // What a rule reads without finding the variable in it holds something else.
            Ruled::Nothing => self.by_default(variable),
            Ruled::NoRule => {
                self.by_name(variable).or_else(|| self.by_logged(variable)).or_else(|| self.by_default(variable))
            }
        };
        found.map(|values| self.with_path(variable, values))
    }

    /// Where the resources of the type live.
    pub(crate) fn place<'f>(&self, account: &'f mut String) -> Place<'f>
    where
        'l: 'f,
    {
        self.resolver.place(self.facts, Some(self.kind.name), account)
    }

    /// Whether the type's own variable has a name that no other type's has.
    pub(crate) fn own_is_specific(&self) -> bool {
        self.own().is_some_and(|own| !GENERIC.contains(&normalise(own).as_str()))
    }

    /// Whether `variable` holds a path that calls do not name.
    pub(crate) fn has_unknown_path(&self, variable: &str) -> bool {
        let rule = self.resolver.rules.path_name(self.resolver.prefix, self.kind.name);
        rule.is_some_and(|rule| rule.variable == variable)
    }

    /// `text`, which a rule says is the value of `variable`, in the spelling of the ARN.
    pub(crate) fn decode(&self, variable: &str, text: &str) -> Option<String> {
        decode(self.decodes(variable).unwrap_or(Decode::Text), text)
    }

    /// How a rule says that the value of `variable` is read.
    pub(crate) fn decodes(&self, variable: &str) -> Option<Decode> {
        let aliases = self.resolver.rules.aliases(self.resolver.prefix, self.facts.operation, self.kind.name, variable);
        aliases.flat_map(|alias| &alias.params).map(|param| param.decode).next()
    }

    fn own(&self) -> Option<&str> {
        self.kind.formats.first().and_then(|format| format.variables().last())
    }

    /// The variable that holds the name where the last one is an id which AWS adds to it.
    fn own_name(&self) -> Option<&str> {
        self.kind.own_names().last()
    }

    fn by_rule(&self, variable: &str) -> Ruled {
        let mut read = false;
        let aliases = self.resolver.rules.aliases(self.resolver.prefix, self.facts.operation, self.kind.name, variable);
        for alias in aliases {
            for param in alias.params.iter().filter(|param| !self.is_label(alias, param)) {
                let given = self.facts.parameters.at(&param.path);
                read |= given.iter().any(|text| !is_hidden(text));
                let plain = |texts: Vec<String>| texts.into_iter().map(|text| (text, None)).collect();
                let (texts, homes): (Vec<String>, Vec<Home>) = given
                    .iter()
                    .flat_map(|text| -> Vec<(String, Home)> {
                        match self.of_arn(variable, text) {
                            Told::Part(part, arn) => vec![(part, Some(home(&arn)))],
                            Told::OtherArn if param.decode.reads_arns() => {
                                plain(decode(param.decode, &percent_decode(text)).into_iter().collect())
                            }
                            Told::OtherArn => Vec::new(),
                            Told::Plain if param.decode == Decode::StripSlashTree => plain(tree(text)),
                            Told::Plain => plain(decode(param.decode, text).into_iter().collect()),
                        }
                    })
                    .unzip();
                if !texts.is_empty() {
                    return Ruled::Values(Values {
                        texts,
                        from: param.path.clone(),
                        path_unknown: false,
                        sure: true,
                        assumed: false,
                        homes,
                    });
                }
            }
        }
        if read { Ruled::Nothing } else { Ruled::NoRule }
    }

    fn by_name(&self, variable: &str) -> Option<Values> {
        let normal = normalise(variable);
        for name in self.spellings(variable) {
            let mut leaves: Vec<&Leaf> = self
                .facts
                .parameters
                .leaves()
                .iter()
                .filter(|leaf| leaf.depth <= 3 && leaf.is_called(&name) && !self.is_id_of_another_type(&leaf.text))
                .collect();
            let top = leaves.iter().map(|leaf| leaf.depth).min();
            let says_whose = |leaf: &Leaf| leaf.name != name || !GENERIC.contains(&leaf.name.as_str());
            leaves.retain(|leaf| Some(leaf.depth) == top && (top <= Some(1) || says_whose(leaf)));
            let mut told: Vec<(String, Home)> = Vec::new();
            for leaf in &leaves {
                let one = match self.of_arn(variable, &leaf.text) {
                    Told::Part(part, arn) => Some((part, Some(home(&arn)))),
                    Told::OtherArn => None,
                    Told::Plain => decode(Decode::Text, &leaf.text).map(|text| (text, None)),
                };
                told.extend(one.filter(|one| !told.contains(one)));
            }
            if let Some(first) = leaves.first().filter(|_| !told.is_empty()) {
                let (texts, homes) = told.into_iter().unzip();
                let sure = first.name == normal || first.full_name == normal;
                return Some(Values {
                    texts,
                    from: first.key.clone(),
                    path_unknown: false,
                    sure,
                    assumed: false,
                    homes,
                });
            }
        }
        None
    }

    /// The parent's name, where the record's `resources` hold the parent.
    fn by_logged(&self, variable: &str) -> Option<Values> {
        if !self.logged || self.own() == Some(variable) {
            return None;
        }
        let told = self.facts.resources.iter().filter_map(|arn| match self.of_arn(variable, arn.as_str()) {
            Told::Part(part, arn) => Some((part, Some(home(&arn)))),
            Told::OtherArn | Told::Plain => None,
        });
        let mut told: Vec<(String, Home)> = told.collect();
        told.dedup();
        let (texts, homes): (Vec<String>, Vec<Home>) = told.into_iter().unzip();
        let from = "resources".to_owned();
        (!texts.is_empty()).then_some(Values { texts, from, path_unknown: false, sure: true, assumed: false, homes })
    }

    /// Whether a bare name, which a rule reads in any call, is in this call that of something else which it makes.
    fn is_label(&self, alias: &Alias, param: &Param) -> bool {
        let bare = LABELS.contains(&normalise(&param.path).as_str());
        bare && alias.operations.is_empty() && self.facts.creates() && !self.facts.is_noun(self.kind)
    }

    fn by_default(&self, variable: &str) -> Option<Values> {
        let rule = self.resolver.rules.default_value(self.resolver.prefix, self.facts.operation, variable)?;
        self.facts.tells_all().then(|| Values {
            texts: vec![rule.value.clone()],
            from: "default".to_owned(),
            path_unknown: false,
            sure: true,
            assumed: true,
            homes: vec![None],
        })
    }

    /// How parameters may call `variable`, likeliest first.
    fn spellings(&self, variable: &str) -> Vec<String> {
        let (is_own, is_own_name) = (self.own() == Some(variable), self.own_name() == Some(variable));
        let normal = normalise(variable);
        let mut names = vec![normal.clone()];
        let assigned = is_assigned(&normal);
        // An id is never the value of a parameter called name: that is the label of a thing whose id AWS chose.
        let fits = |ending: &&&str| !ending.contains("name") || !assigned;
        if GENERIC.contains(&normal.as_str()) {
            names.retain(|name| self.generic && (!LABELS.contains(&name.as_str()) || self.facts.is_noun(self.kind)));
        } else {
            let stem = stem(variable);
            if !stem.is_empty() && !GENERIC.contains(&stem.as_str()) {
                names.extend(ENDINGS.iter().filter(fits).map(|ending| [stem.as_str(), ending].concat()));
            }
        }
        // With several variables, `recorderName` is the recorder's name and not its id.
        let alone = self.kind.formats.iter().all(|format| format.variables().count() == 1);
        let speaks = |ending: &&&str| match (is_assigned(ending), ending.is_empty()) {
            (_, true) => is_own || is_own_name,
            (true, _) => is_own,
            (false, _) => is_own_name,
        };
        let same = |ending: &&&str| alone || ending.is_empty() || normal.ends_with(**ending);
        // A version or a number is not the thing that it is of.
        let counted = ["version", "number", "revision"].iter().any(|end| normal.ends_with(end));
        if !counted || alone {
            let endings = ENDINGS.iter().filter(fits).filter(speaks).filter(same);
            names.extend(endings.map(|ending| [self.kind.normal.as_str(), ending].concat()));
        }
        if self.generic && (is_own || is_own_name) {
            // A bare name fills only the type that the call's noun is.
            let noun = self.facts.is_noun(self.kind);
            let generic = LABELS.iter().filter(|_| noun).chain(&["resourcename", "resourceid", "resourcearn", "arn"]);
            names.extend(generic.filter(fits).filter(speaks).map(|name| (*name).to_owned()));
        }
        let mut unique: Vec<String> = Vec::new();
        for name in names {
            if !unique.contains(&name) {
                unique.push(name);
            }
        }
        unique
    }

    /// Whether `text` is an id such as `sg-0a1b…` of a type that is not this one.
    fn is_id_of_another_type(&self, text: &str) -> bool {
        self.resolver.id_type(text).is_some_and(|rule| rule.resource_type != self.kind.name)
    }

    /// What a parameter's text says about `variable` if it is an ARN.
    fn of_arn(&self, variable: &str, text: &str) -> Told {
        if !starts_with_ignore_case(text, "arn:") && !starts_with_ignore_case(text, "arn%3A") {
            return Told::Plain;
        }
        let Ok(arn) = percent_decode(text).parse::<Arn>() else { return Told::OtherArn };
        let mut fits = self.resolver.types.recognise(&arn);
        // The ARN of a sibling is not this resource's, however alike. That of a part of this resource tells it too, and
        // that of what this resource is a part of tells its own name.
        let is_own = self.own() == Some(variable);
        fits.retain(|(kind, _)| {
            kind.name == self.kind.name
                || self.kind.begins(kind)
                || (!is_own && (kind.begins(self.kind) || kind.own_names().any(|name| name == variable)))
        });
        let bound = fits.iter().flat_map(|(_, fit)| &fit.variables).find(|(name, _)| *name == variable);
        match bound.map(|(_, value)| escape_literal(value).into_owned()) {
            Some(part) => Told::Part(part, arn),
            None => Told::OtherArn,
        }
    }

    /// IAM puts a path before the name in the ARN; a call that creates the entity names it, others do not.
    fn with_path(&self, variable: &str, mut values: Values) -> Values {
        let rule = self.resolver.rules.path_name(self.resolver.prefix, self.kind.name);
        let Some(rule) = rule.filter(|rule| rule.variable == variable) else { return values };
        if rule.creating.iter().any(|name| name.eq_ignore_ascii_case(self.facts.operation)) {
            if let Some(path) = self.facts.parameters.at(&rule.path_param).first() {
                let path = escape_literal(path.strip_prefix('/').unwrap_or(path)).into_owned();
                values.texts.iter_mut().for_each(|name| name.insert_str(0, &path));
            }
        } else {
            values.path_unknown = values.texts.iter().any(|name| !name.contains('/'));
        }
        values
    }
}

/// Whether AWS assigns what is called so.
pub(crate) fn is_assigned(normal: &str) -> bool {
    ["id", "uuid", "version", "number", "revision", "token"].iter().any(|end| normal.ends_with(end))
}

/// A variable's name in lower case without the ending that says what kind of name it is; empty for a name that says
/// nothing else.
pub(crate) fn stem(variable: &str) -> String {
    let normal = normalise(variable);
    if GENERIC.contains(&normal.as_str()) {
        return String::new();
    }
    ENDINGS.iter().find_map(|ending| normal.strip_suffix(ending)).unwrap_or(&normal).to_owned()
}

/// Whether a parameter's text can be nothing but a name: neither an ARN, which says where it belongs, nor something that was
/// blotted out. What a name like it means, such a text does not show.
pub fn is_mere_name(text: &str) -> bool {
    !is_hidden(text) && !starts_with_ignore_case(text, "arn:") && !text.contains('%')
}

/// Whether CloudTrail or whoever shared the record blotted the value out.
pub(crate) fn is_hidden(text: &str) -> bool {
    const MARKS: [&str; 4] = ["HIDDEN_DUE_TO_SECURITY_REASONS", "HIDDEN_FOR_SECURITY_REASONS", "***", "<sensitive"];
    text.is_empty() || MARKS.iter().any(|mark| starts_with_ignore_case(text, mark))
}

/// Undoes `%XX`; text that is not escaped comes back as it is.
pub(crate) fn percent_decode(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let escaped = (byte == b'%').then(|| {
            let mut ahead = rest.clone();
            let (high, low) = (hex(ahead.next()?)?, hex(ahead.next()?)?);
            Some((high * 16 + low, ahead))
        });
        match escaped.flatten() {
            Some((decoded, ahead)) => {
                bytes.push(decoded);
                rest = ahead;
            }
            None => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).map_or(Cow::Borrowed(text), Cow::Owned)
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// The value of an ARN variable in the text of a parameter, as pattern text.
pub(crate) fn decode(how: Decode, text: &str) -> Option<String> {
    if is_hidden(text) || text.len() > 2_048 {
        return None;
    }
    let last = |separator: char| text.rsplit(separator).next().unwrap_or(text);
    let value: Cow<'_, str> = match how {
        Decode::QueueUrl | Decode::LastSegment => last('/').into(),
        Decode::FirstSegment => text.split('/').next().unwrap_or(text).into(),
        Decode::StripSlash => text.strip_prefix('/').unwrap_or(text).into(),
        Decode::Function => function_name(text).into(),
        Decode::BeforeColon => text.rsplit_once(':').map_or(text, |(before, _)| before).into(),
        Decode::AfterColon => text.rsplit_once(':')?.1.into(),
        Decode::Secret => return Some(secret(text)),
        Decode::LogGroup => text.strip_suffix(":*").unwrap_or(text).into(),
        Decode::UrlHostLabel => {
            let host = text.split_once("://").map_or(text, |(_, rest)| rest);
            host.split(['.', '/', ':']).next().unwrap_or(host).into()
        }
        Decode::KmsKey if text.starts_with("alias/") => return None,
        Decode::Bucket if ["-s3alias", ".mrap"].iter().any(|end| text.ends_with(end)) => return None,
        Decode::Text | Decode::KmsKey | Decode::Bucket => text.into(),
        Decode::KmsAlias => text.strip_prefix("alias/")?.into(),
        Decode::Lower => text.to_ascii_lowercase().into(),
        Decode::StripSlashTree => text.trim_matches('/').into(),
        Decode::UrlWithoutScheme => text.split_once("://").map_or(text, |(_, rest)| rest).trim_end_matches('/').into(),
        Decode::EmailDomain => {
            let (_, domain) = text.rsplit_once('@')?;
            domain.trim_end_matches('>').to_ascii_lowercase().into()
        }
        Decode::EmailAddress => text.rsplit_once('<').map_or(text, |(_, address)| address.trim_end_matches('>')).into(),
        Decode::BeforePipe => text.split('|').next().unwrap_or(text).into(),
        Decode::Table => text.split_once(":table/").map_or(text, |(_, rest)| rest).split('/').next()?.into(),
        Decode::Account => match text.parse::<Arn>() {
            Ok(arn) => arn.account().to_owned().into(),
            Err(_) if text.contains("://") => text.split('/').rfind(|part| is_account(part))?.into(),
            Err(_) => text.split(':').next().filter(|part| is_account(part))?.into(),
        },
        Decode::ArnKind => text.parse::<Arn>().ok()?.resource().split('/').next()?.to_owned().into(),
        // Behind a path it is not known what of it is kept.
        Decode::ArnName => {
            let arn: Arn = text.parse().ok()?;
            let (_, name) = arn.resource().split_once('/').filter(|(_, name)| !name.contains('/'))?;
            name.to_owned().into()
        }
        Decode::TaskDefinition => {
            let name = text.rsplit('/').next().unwrap_or(text);
            return match name.split_once(':') {
                Some(_) => Some(escape_literal(name).into_owned()),
                None => (!name.is_empty()).then(|| format!("{}:*", escape_literal(name))),
            };
        }
        Decode::AfterDot => text.split_once('.')?.1.into(),
        Decode::FunctionQualified => text.split_once(":function:").map_or(text, |(_, name)| name).into(),
        Decode::AccessPoint => return access_point(text).map(|name| format!("{}*", escape_literal(name))),
        Decode::WafScope if text.eq_ignore_ascii_case("CLOUDFRONT") => "global".into(),
        Decode::WafScope => "regional".into(),
        Decode::EcsCluster => ecs_target(text)?.0.into(),
        Decode::EcsTask => ecs_target(text)?.1.into(),
    };
    (!value.is_empty()).then(|| escape_literal(&value).into_owned())
}

/// Cluster and task of `ecs:CLUSTER_TASK_RUNTIME`. Names of clusters may hold `_`, ids do not.
fn ecs_target(text: &str) -> Option<(&str, &str)> {
    let (target, _runtime) = text.strip_prefix("ecs:")?.rsplit_once('_')?;
    target.rsplit_once('_')
}

/// A secret by its name or ARN, either without the dash and the six characters that AWS appends.
pub(crate) fn secret(text: &str) -> String {
    let is_appended = |end: &str| end.len() == 6 && end.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let whole = text.starts_with("arn:") && text.rsplit_once('-').is_some_and(|(_, end)| is_appended(end));
    let name = escape_literal(text);
    if whole { name.into_owned() } else { format!("{name}-??????") }
}

/// A path and all below it, for calls that are checked against the path as it is written.
fn tree(text: &str) -> Vec<String> {
    match decode(Decode::StripSlashTree, text) {
        Some(path) => vec![format!("{path}/*"), path],
        None => vec!["*".to_owned()],
    }
}

/// The name in `NAME`, `NAME:QUALIFIER` and `ACCOUNT:function:NAME[:QUALIFIER]`.
fn function_name(text: &str) -> &str {
    let mut parts = text.split(':');
    if text.contains(":function:") {
        parts.by_ref().find(|part| *part == "function");
    }
    parts.next().unwrap_or(text)
}

/// What an access point's alias keeps of its name, which may be the beginning of it.
fn access_point(text: &str) -> Option<&str> {
    let (name, _) = text.strip_suffix("-s3alias")?.rsplit_once('-')?;
    (!name.is_empty()).then_some(name)
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Bucket and key of a copy's source: `bucket/key?versionId=…`, perhaps with a leading `/`, escaped, or an ARN.
pub(crate) fn copy_source(text: &str) -> Option<(String, String)> {
    let path = text.split_once('?').map_or(text, |(path, _)| path);
    let path = percent_decode(path);
    let path = path.strip_prefix("arn:aws:s3:::").unwrap_or(&path);
    let (bucket, key) = path.strip_prefix('/').unwrap_or(path).split_once('/')?;
    let usable = !bucket.is_empty() && !key.is_empty() && !bucket.starts_with("arn:");
    usable.then(|| (escape_literal(bucket).into_owned(), escape_literal(key).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_names_out_of_what_calls_hold() {
        let cases = [
            (Decode::QueueUrl, "https://sqs.eu-west-1.amazonaws.com/111122223333/jobs", Some("jobs")),
            (Decode::Function, "worker:PROD", Some("worker")),
            (Decode::Function, "111122223333:function:worker", Some("worker")),
            (Decode::Function, "worker", Some("worker")),
            (Decode::BeforeColon, "family:7", Some("family")),
            (Decode::AfterColon, "family", None),
            (Decode::StripSlash, "/app/key", Some("app/key")),
            (Decode::Secret, "db", Some("db-??????")),
            (Decode::KmsKey, "alias/app", None),
            (Decode::KmsAlias, "alias/app", Some("app")),
            (Decode::UrlWithoutScheme, "https://token.example.com/", Some("token.example.com")),
            (Decode::EmailAddress, "Ops <ops@example.com>", Some("ops@example.com")),
            (Decode::EmailDomain, "Ops <ops@Example.com>", Some("example.com")),
            (Decode::EmailDomain, "example.com", None),
            (Decode::ArnKind, "arn:aws:iam::111122223333:role/viewer", Some("role")),
            (Decode::ArnName, "arn:aws:iam::111122223333:role/viewer", Some("viewer")),
            (Decode::ArnName, "arn:aws:iam::111122223333:role/path/viewer", None),
            (Decode::TaskDefinition, "web", Some("web:*")),
            (Decode::TaskDefinition, "web:41", Some("web:41")),
            (Decode::TaskDefinition, "arn:aws:ecs:eu-west-1:111122223333:task-definition/web", Some("web:*")),
            (Decode::UrlHostLabel, "https://abc.example.com/x", Some("abc")),
            (Decode::Account, "https://sqs.eu-west-1.amazonaws.com/111122223333/jobs", Some("111122223333")),
            (Decode::Account, "111122223333:s3tablescatalog/b", Some("111122223333")),
            (Decode::Account, "111122223333", Some("111122223333")),
            (Decode::Account, "worker", None),
            (Decode::AfterDot, "eu.vendor.model-v1:0", Some("vendor.model-v1:0")),
            (Decode::FunctionQualified, "111122223333:function:worker:PROD", Some("worker:PROD")),
            (Decode::FunctionQualified, "worker", Some("worker")),
            (Decode::Bucket, "logs", Some("logs")),
            (Decode::Bucket, "point-0a1b2c-s3alias", None),
            (Decode::AccessPoint, "my-point-0a1b2c-s3alias", Some("my-point*")),
            (Decode::AccessPoint, "logs", None),
            (Decode::WafScope, "CLOUDFRONT", Some("global")),
            (Decode::Text, "HIDDEN_DUE_TO_SECURITY_REASONS", None),
            (Decode::Text, "a*b", Some("a${*}b")),
        ];
        for (how, text, expected) in cases {
            assert_eq!(decode(how, text).as_deref(), expected, "{how:?} {text}");
        }
    }

    #[test]
    fn a_secret_is_completed_only_where_the_end_is_missing() {
        let arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db";
        assert_eq!(secret("db"), "db-??????");
        assert_eq!(secret(arn), format!("{arn}-??????"));
        assert_eq!(secret(&format!("{arn}-AbCd12")), format!("{arn}-AbCd12"));
    }

    #[test]
    fn reads_the_source_of_a_copy() {
        let expected = Some(("b".to_owned(), "a/k y".to_owned()));
        for text in ["b/a/k y", "/b/a/k%20y", "b/a/k%20y?versionId=7", "arn:aws:s3:::b/a/k y"] {
            assert_eq!(copy_source(text), expected, "{text}");
        }
        assert_eq!(copy_source("bucket-alone"), None);
    }

    #[test]
    fn undoes_percent_escapes_and_leaves_the_rest() {
        assert_eq!(percent_decode("arn%3Aaws%3A"), "arn:aws:");
        assert_eq!(percent_decode("100%"), "100%");
        assert_eq!(percent_decode("%zz%C3%A9"), "%zzé");
    }
}
