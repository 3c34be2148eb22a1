//! Templates as they lie in files: one alone, or the directory that `cdk synth` writes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use crate::error::{TemplateError, TemplateProblem};
use crate::template::{Template, text};

/// How deeply the directories of stages may be nested.
const STAGES: usize = 8;

/// The stacks that are deployed together.
#[derive(Debug, Clone, Default)]
pub struct Application {
    /// Each with its template.
    pub stacks: Vec<Stack>,
}

/// A stack before it is deployed.
#[derive(Debug, Clone, Default)]
pub struct Stack {
    /// Its name, as far as files tell.
    pub name: Option<String>,
    /// The account, if the manifest names one.
    pub account: Option<String>,
    /// The region, if the manifest names one.
    pub region: Option<String>,
    /// The template.
    pub template: Template,
    /// Where files are that the template names.
    pub(crate) folder: PathBuf,
    /// The roles that `cdk deploy` assumes; ARNs with `${AWS::AccountId}` and so on.
    pub(crate) assumed: BTreeSet<String>,
}

impl Application {
    /// Reads a template, or a directory of `*.template.json`.
    pub fn read(path: &Path) -> Result<Self, TemplateError> {
        if path.is_dir() {
            let mut stacks = Vec::new();
            if path.join("manifest.json").is_file() {
                assembly(path, 0, &mut stacks)?;
            } else {
                for file in templates(path)? {
                    stacks.push(Stack::read(&file)?);
                }
            }
            if stacks.is_empty() {
                return Err(TemplateProblem::NoTemplates.in_file(&path.display().to_string()));
            }
            return Ok(Self { stacks });
        }
        Ok(Self { stacks: vec![Stack::read(path)?] })
    }
}

impl Stack {
    fn read(path: &Path) -> Result<Self, TemplateError> {
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        Ok(Self { template: Template::read(path)?, folder, ..Self::default() })
    }

    /// The name that the file suggests: `orders` of `orders.template.json`.
    pub fn file_stem(&self) -> String {
        let name = Path::new(&self.template.file).file_name().unwrap_or_default().to_string_lossy().into_owned();
        let stem = name.split('.').next().unwrap_or_default();
        stem.to_owned()
    }
}

/// The templates of a directory without manifest, by name.
fn templates(folder: &Path) -> Result<Vec<PathBuf>, TemplateError> {
    let failed = |error: std::io::Error| TemplateProblem::Io(error).in_file(&folder.display().to_string());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let usual = ["template.yaml", "template.yml", "template.json"].contains(&name.as_str());
        if path.is_file() && (usual || name.ends_with(".template.json")) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The stacks of a directory that `cdk synth` wrote.
fn assembly(folder: &Path, depth: usize, stacks: &mut Vec<Stack>) -> Result<(), TemplateError> {
    let manifest = json(&folder.join("manifest.json"))?;
    let name = folder.join("manifest.json").display().to_string();
    let artifacts = manifest.get("artifacts").and_then(Json::as_object);
    let artifacts = artifacts.ok_or_else(|| TemplateProblem::Manifest("artifacts").in_file(&name))?;
    let published = publishing_roles(folder, artifacts.values())?;
    for (id, artifact) in artifacts {
        let property = |key: &str| artifact.pointer(&format!("/properties/{key}")).and_then(Json::as_str);
        match artifact.get("type").and_then(Json::as_str) {
            Some("aws:cloudformation:stack") => {
                let file =
                    property("templateFile").ok_or_else(|| TemplateProblem::Manifest("templateFile").in_file(&name))?;
                let environment = artifact.get("environment").and_then(Json::as_str).unwrap_or_default();
                let mut parts = environment.trim_start_matches("aws://").split('/');
                let mut known = || parts.next().filter(|part| !part.starts_with("unknown-")).map(str::to_owned);
                let (account, region) = (known(), known());
                let mut stack = Stack::read(&within(folder, file)?)?;
                stack.name = Some(property("stackName").unwrap_or(id).to_owned());
                (stack.account, stack.region) = (account, region);
                if let Some(role) = property("assumeRoleArn") {
                    stack.assumed.insert(role.to_owned());
                    let lookup = artifact.pointer("/properties/lookupRole/arn").and_then(Json::as_str);
                    stack.assumed.extend(lookup.map(str::to_owned));
                    stack.assumed.extend(published.iter().cloned());
                }
                stacks.push(stack);
            }
            Some("cdk:cloud-assembly") if depth < STAGES => {
                if let Some(below) = property("directoryName") {
                    assembly(&within(folder, below)?, depth + 1, stacks)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// The roles that upload what stacks are made of.
fn publishing_roles<'j>(
    folder: &Path,
    artifacts: impl Iterator<Item = &'j Json>,
) -> Result<BTreeSet<String>, TemplateError> {
    let mut roles = BTreeSet::new();
    for artifact in artifacts.filter(|one| one.get("type").and_then(Json::as_str) == Some("cdk:asset-manifest")) {
        let Some(file) = artifact.pointer("/properties/file").and_then(Json::as_str) else { continue };
        let listed = json(&within(folder, file)?)?;
        for kind in ["files", "dockerImages"] {
            let assets = listed.get(kind).and_then(Json::as_object).into_iter().flat_map(|assets| assets.values());
            let destinations = assets.filter_map(|asset| asset.get("destinations").and_then(Json::as_object));
            let assumed = destinations.flat_map(|all| all.values()).filter_map(|one| one.get("assumeRoleArn"));
            roles.extend(assumed.filter_map(Json::as_str).map(str::to_owned));
        }
    }
    Ok(roles)
}

fn json(path: &Path) -> Result<Json, TemplateError> {
    let name = path.display().to_string();
    serde_json::from_str(&text(path)?).map_err(|error| TemplateProblem::Json(error.to_string()).in_file(&name))
}

/// A file that is named in another one, which has to be below the same directory.
pub(crate) fn within(folder: &Path, file: &str) -> Result<PathBuf, TemplateError> {
    let outside = || TemplateProblem::Outside(file.to_owned()).in_file(&folder.display().to_string());
    let path = folder.join(file);
    let (real, root) = (path.canonicalize(), folder.join("").canonicalize());
    let root = root.or_else(|_| Path::new(".").canonicalize());
    match (real, root) {
        (Ok(real), Ok(root)) if real.starts_with(&root) => Ok(path),
        (Err(error), _) => Err(TemplateProblem::Io(error).in_file(&path.display().to_string())),
        _ => Err(outside()),
    }
}
