use std::collections::{BTreeMap, HashMap};

type Labels = BTreeMap<String, String>;

/// The `OpenMetrics` text format, read strictly.
pub(super) struct Exposition(Vec<(String, Labels, f64)>);

impl Exposition {
    /// Reads it; panics where it is not what the format's specification (version 1.0) allows.
    pub(super) fn parse(text: &str) -> Self {
        let body = text.strip_suffix("# EOF\n").unwrap_or_else(|| panic!("no end: {text}"));
        let mut kinds = HashMap::new();
        let mut samples = Vec::new();
        for line in body.lines() {
            let words: Vec<_> = line.splitn(4, ' ').collect();
            match words[..] {
                ["#", "TYPE", family, kind] => {
                    assert!(kinds.insert(family, kind).is_none(), "{family} is there twice");
                }
                ["#", "HELP" | "UNIT", family, _] => assert!(!family.is_empty()),
                _ => samples.push(sample(line)),
            }
        }
        for (name, ..) in &samples {
            let known = kinds.iter().any(|(family, kind)| {
                let suffixes: &[&str] = match *kind {
                    "counter" => &["_total"],
                    "histogram" => &["_bucket", "_count", "_sum"],
                    "gauge" => &[""],
                    other => panic!("{other} {family} is new here"),
                };
                suffixes.iter().any(|suffix| name.strip_suffix(suffix) == Some(family))
            });
            assert!(known, "{name} has no type");
        }
        let exposition = Self(samples);
        exposition.check_buckets();
        exposition
    }

    pub(super) fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let labels: Labels = labels.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        self.0.iter().find(|(given, with, _)| given == name && *with == labels).map(|(.., value)| *value)
    }

    /// How many samples have this name.
    pub(super) fn series(&self, name: &str) -> usize {
        self.0.iter().filter(|(given, ..)| given == name).count()
    }

    /// Buckets never fall, and the last has everything.
    fn check_buckets(&self) {
        let mut last: HashMap<(String, Labels), (f64, f64)> = HashMap::new();
        for (name, labels, value) in &self.0 {
            let Some(family) = name.strip_suffix("_bucket") else { continue };
            let mut labels = labels.clone();
            let bound: f64 = labels.remove("le").unwrap().parse().unwrap();
            let series = last.entry((family.to_owned(), labels)).or_insert((f64::NEG_INFINITY, 0.0));
            assert!(bound > series.0 && *value >= series.1, "{name} {bound}");
            *series = (bound, *value);
        }
        for ((family, labels), (bound, count)) in last {
            assert!(bound.is_infinite(), "{family} has no last bucket");
            let labels: Vec<_> = labels.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            assert_eq!(self.value(&format!("{family}_count"), &labels), Some(count));
        }
    }
}

fn sample(line: &str) -> (String, Labels, f64) {
    let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("no sample: {line}"));
    let value = value.parse().unwrap_or_else(|error| panic!("{error}: {line}"));
    let Some((name, labels)) = series.split_once('{') else {
        return (series.to_owned(), Labels::new(), value);
    };
    let labels = labels.strip_suffix('}').unwrap_or_else(|| panic!("no end of labels: {line}"));
    let labels = labels.split(',').map(|label| {
        let (name, value) = label.split_once("=\"").unwrap_or_else(|| panic!("no label: {line}"));
        (name.to_owned(), value.strip_suffix('"').unwrap().to_owned())
    });
    (name.to_owned(), labels.collect(), value)
}
