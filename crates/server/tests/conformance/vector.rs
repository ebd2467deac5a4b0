use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::json::Json;
use crate::pattern::Names;

/// One request, or a few in a row, and what must come back.
#[derive(Debug)]
pub(crate) struct Vector {
    pub(crate) file: String,
    pub(crate) name: String,
    pub(crate) settings: Settings,
    pub(crate) given: Vec<Json>,
    /// How many partners there are beside those, with no property set.
    pub(crate) others: usize,
    pub(crate) steps: Vec<Step>,
    /// What its variables are, if it is one row of a `for`.
    pub(crate) names: Names,
    row: String,
}

/// Keys of the server's configuration that are not as they are by default.
pub(crate) type Settings = BTreeMap<String, String>;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    #[serde(default, rename = "as")]
    pub(crate) caller: Caller,
    pub(crate) request: Request,
    pub(crate) expect: Expect,
}

/// Whose token is sent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Caller {
    /// A user of the vector's tenant with `DeviceManagementServiceConfig.ReadWrite.All`.
    #[default]
    Administrator,
    /// The same of another tenant.
    Stranger,
    /// A user of that other tenant with these scopes.
    Foreigner(Vec<String>),
    Nobody,
    /// The administrator's token after its end.
    Expired,
    /// The administrator's token with another signature.
    Tampered,
    Personal,
    User(Vec<String>),
    Application(Vec<String>),
    /// This `Authorization` header as it is.
    Authorization(String),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    #[serde(default = "get")]
    pub(crate) method: String,
    #[serde(default)]
    pub(crate) target: Text,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, Option<Text>>,
    pub(crate) json: Option<Json>,
    pub(crate) text: Option<Text>,
    pub(crate) raw: Option<Text>,
}

fn get() -> String {
    "GET".into()
}

/// Text that may have parts too long to write down.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum Text {
    Plain(String),
    Parts(Vec<Part>),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum Part {
    Plain(String),
    Repeat { repeat: String, times: usize },
}

impl Default for Text {
    fn default() -> Self {
        Self::Plain(String::new())
    }
}

impl Text {
    pub(crate) fn spelled_out(&self) -> String {
        match self {
            Self::Plain(text) => text.clone(),
            Self::Parts(parts) => parts.iter().map(Part::spelled_out).collect(),
        }
    }
}

impl Part {
    fn spelled_out(&self) -> String {
        match self {
            Self::Plain(text) => text.clone(),
            Self::Repeat { repeat, times } => repeat.repeat(*times),
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expect {
    pub(crate) status: u16,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, Option<String>>,
    pub(crate) json: Option<Json>,
    pub(crate) text: Option<String>,
    pub(crate) error: Option<ExpectedError>,
    pub(crate) same_as_step: Option<usize>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExpectedError {
    pub(crate) code: String,
    /// The message as it is.
    pub(crate) message: Option<String>,
    /// The message within the message.
    pub(crate) nested: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "about")]
    _about: String,
    vectors: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    source: String,
    #[serde(default, rename = "for")]
    variables: Vec<Variables>,
    #[serde(default)]
    settings: Settings,
    #[serde(default)]
    given: Vec<Json>,
    #[serde(default)]
    others: usize,
    #[serde(default, rename = "as")]
    caller: Option<Caller>,
    request: Option<Request>,
    expect: Option<Expect>,
    steps: Option<Vec<Step>>,
}

/// Names of variables, and rows with a value for each.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Variables {
    each: Vec<String>,
    of: Vec<Vec<String>>,
}

/// All vectors of all files in the directory, and in those below it.
pub(crate) fn load(directory: &Path) -> Result<Vec<Vector>, String> {
    let mut paths = files(directory)?;
    paths.sort();
    let mut vectors = Vec::new();
    for path in paths {
        let of_file = load_file(&path).map_err(|why| format!("{}: {why}", path.display()))?;
        vectors.extend(of_file);
    }
    let mut names: Vec<_> = vectors.iter().map(Vector::full_name).collect();
    names.sort();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(format!("two vectors have the name '{}'", pair[0])),
        None if vectors.is_empty() => Err(format!("no vectors in {}", directory.display())),
        None => Ok(vectors),
    }
}

fn files(directory: &Path) -> Result<Vec<PathBuf>, String> {
    let wrong = |error: std::io::Error| format!("{}: {error}", directory.display());
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(wrong)? {
        let path = entry.map_err(wrong)?.path();
        if path.is_dir() {
            paths.extend(files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            paths.push(path);
        }
    }
    Ok(paths)
}

fn load_file(path: &Path) -> Result<Vec<Vector>, String> {
    let text = std::fs::read_to_string(path).map_err(|e| e.to_string())?;
    let file: File = serde_json::from_str(&text).map_err(|e| e.to_string())?;
    let topic = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut vectors = Vec::new();
    for entry in file.vectors {
        let name = entry.name.clone();
        vectors.extend(entry.expanded(&topic).map_err(|why| format!("'{name}': {why}"))?);
    }
    Ok(vectors)
}

impl Entry {
    fn expanded(self, file: &str) -> Result<Vec<Vector>, String> {
        if self.source.is_empty() {
            return Err("has no source".into());
        }
        let steps = match (self.request, self.expect, self.steps) {
            (Some(request), Some(expect), None) => {
                vec![Step { caller: self.caller.unwrap_or_default(), request, expect }]
            }
            (None, None, Some(steps)) if self.caller.is_none() && !steps.is_empty() => steps,
            _ => return Err("needs either 'request' and 'expect', or 'steps'".into()),
        };
        let mut rows = vec![Vec::new()];
        for variables in &self.variables {
            rows = variables.combined_with(&rows)?;
        }
        let vector = |n, row: Row| Vector {
            file: file.to_owned(),
            name: self.name.clone(),
            settings: self.settings.clone(),
            given: self.given.clone(),
            others: self.others,
            steps: steps.clone(),
            row: label(n, &row),
            names: row.into_iter().collect(),
        };
        Ok((1..).zip(rows).map(|(n, row)| vector(n, row)).collect())
    }
}

type Row = Vec<(String, String)>;

impl Variables {
    fn combined_with(&self, rows: &[Row]) -> Result<Vec<Row>, String> {
        if self.of.iter().any(|values| values.len() != self.each.len()) || self.of.is_empty() {
            return Err(format!("every row of 'for' needs {} values", self.each.len()));
        }
        let more = |row: &Row, values: &Vec<String>| -> Row {
            let own = self.each.iter().cloned().zip(values.iter().cloned());
            row.iter().cloned().chain(own).collect()
        };
        Ok(rows.iter().flat_map(|row| self.of.iter().map(move |values| more(row, values))).collect())
    }
}

impl Vector {
    pub(crate) fn full_name(&self) -> String {
        let settings: Vec<String> =
            self.settings.iter().map(|(key, value)| format!(" ({key} = {value})")).collect();
        format!("{}: {}{}{}", self.file, self.name, settings.concat(), self.row)
    }
}

/// The values of a row as they may stand in a test's name: on one line, and not too long.
fn label(n: usize, row: &Row) -> String {
    let values: Vec<&str> = row.iter().map(|(_, value)| value.as_str()).collect();
    let values = values.join(", ");
    let plain: String = values.chars().filter(|c| !c.is_control()).collect();
    match plain.char_indices().nth(60) {
        _ if row.is_empty() => String::new(),
        None if plain == values => format!(" [{plain}]"),
        None => format!(" [{n}: {plain}]"),
        Some((end, _)) => format!(" [{n}: {}…]", &plain[..end]),
    }
}
