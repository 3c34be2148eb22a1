//! What a template holds.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::error::{TemplateError, TemplateProblem};
use crate::node::{Mark, Node, Value};
use crate::read;
use crate::sam;

/// A template, with the resources of SAM's own types written out.
#[derive(Debug, Clone, Default)]
pub struct Template {
    /// The file that it was read from.
    pub file: String,
    /// Its resources, in the order of the file; what SAM makes follows what it is made for.
    pub resources: Vec<Resource>,
    /// Macros that it is sent through, such as `AWS::Serverless-2016-10-31`.
    pub transforms: Vec<String>,
    pub(crate) parameters: Node,
    pub(crate) mappings: Node,
}

/// A resource of a template.
#[derive(Debug, Clone, Default)]
pub struct Resource {
    /// Its name in the template.
    pub logical_id: String,
    /// Its type: `AWS::S3::Bucket`.
    pub resource_type: String,
    /// Its properties.
    pub properties: Node,
    /// Its metadata, where `cdk synth` writes which file an asset is in.
    pub(crate) metadata: Node,
    /// Where it stands.
    pub at: Mark,
}

impl Template {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self, TemplateError> {
        let file = path.display().to_string();
        Self::parse(&text(path)?, &file)
    }

    /// Parses YAML or JSON; `file` is named in errors.
    pub fn parse(text: &str, file: &str) -> Result<Self, TemplateError> {
        let tree = read::tree(text, file)?;
        let Some(listed) = tree.get("Resources").filter(|node| matches!(node.value, Value::Map(_))) else {
            return Err(TemplateProblem::NoResources.in_file(file));
        };
        let mut resources = Vec::new();
        for entry in listed.entries() {
            // What a macro puts in this place is not known before it runs.
            if entry.key.starts_with("Fn::") {
                continue;
            }
            let kind = entry.value.get("Type").and_then(Node::text);
            let kind = kind.ok_or_else(|| TemplateProblem::NoType(entry.key.clone()).at(file, entry.at))?;
            let part = |key| entry.value.get(key).cloned().unwrap_or_default();
            resources.push(Resource {
                logical_id: entry.key.clone(),
                resource_type: kind.to_owned(),
                properties: part("Properties"),
                metadata: part("Metadata"),
                at: entry.at,
            });
        }
        let transforms = tree.get("Transform").map_or(&[][..], Node::one_or_many).iter();
        let transforms: Vec<String> = transforms.filter_map(|one| one.text().map(str::to_owned)).collect();
        let globals = tree.get("Globals").cloned().unwrap_or_default();
        let part = |key| tree.get(key).cloned().unwrap_or_default();
        let (parameters, mappings) = (part("Parameters"), part("Mappings"));
        let resources = sam::written_out(resources, &globals);
        Ok(Self { file: file.to_owned(), resources, transforms, parameters, mappings })
    }

    /// The resource of that name.
    pub fn resource(&self, logical_id: &str) -> Option<&Resource> {
        self.resources.iter().find(|resource| resource.logical_id == logical_id)
    }

    /// The types of its resources, sorted.
    pub fn types(&self) -> BTreeSet<&str> {
        self.resources.iter().map(|resource| resource.resource_type.as_str()).collect()
    }
}

impl Resource {
    /// A resource that SAM makes, at the place of what it is made for.
    pub(crate) fn made(&self, logical_id: impl Into<String>, resource_type: &str, properties: Node) -> Self {
        Self {
            logical_id: logical_id.into(),
            resource_type: resource_type.to_owned(),
            properties,
            metadata: Node::default(),
            at: self.at,
        }
    }

    /// The property at a path of keys with `.` between them.
    pub fn property(&self, path: &str) -> Option<&Node> {
        self.properties.at_path(path).filter(|node| node.value != Value::Null)
    }

    /// Whether it is implemented by whoever wrote the template.
    pub fn is_custom(&self) -> bool {
        self.resource_type.starts_with("Custom::") || self.resource_type == "AWS::CloudFormation::CustomResource"
    }
}

/// The text of a file that is not too large.
pub(crate) fn text(path: &Path) -> Result<String, TemplateError> {
    let name = path.display().to_string();
    let failed = |error: std::io::Error| TemplateProblem::Io(error).in_file(&name);
    let mut text = String::new();
    File::open(path).and_then(|file| file.take(read::SIZE + 1).read_to_string(&mut text)).map_err(failed)?;
    if text.len() as u64 > read::SIZE {
        return Err(TemplateProblem::TooLarge(read::SIZE).in_file(&name));
    }
    Ok(text)
}
