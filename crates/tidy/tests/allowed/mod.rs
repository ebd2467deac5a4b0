//! What may be otherwise, and why.

/// Names that two types of a crate may have: the crate, the name, and the reason.
pub(crate) const NAMES: &[(&str, &str, &str)] =
    &[("store", "Fault", "each backend has one, which nothing outside of it sees")];

/// Folders that may have more files than others, and the reason.
pub(crate) const FOLDERS: &[(&str, &str)] = &[];

/// Functions that may be long although they are no tables, and the reason.
pub(crate) const FUNCTIONS: &[(&str, &str)] = &[];

/// Files that may name each other in a circle: the crate, the modules, and the reason.
pub(crate) const CIRCLES: &[(&str, &[&str], &str)] = &[
    ("odata", &["parse", "parse::expand", "parse::names"], "A recursive grammar."),
    ("odata", &["parse::expression", "parse::expression::functions"], "A recursive grammar."),
];

/// Which rooms a room may name: the crate, the room, and these. A room is what is below one module
/// of the root; one that is not here names no other.
pub(crate) const ROOMS: &[(&str, &str, &[&str])] = &[
    ("domain", "actor", &["caller", "permission"]),
    (
        "domain",
        "audit",
        &["activity", "actor", "ids", "partner", "release", "settings", "timestamp", "token_set"],
    ),
    ("domain", "caller", &["ids", "permission"]),
    ("domain", "partner", &["activity", "ids", "timestamp"]),
    ("domain", "release", &["activity", "actor", "ids", "partner", "timestamp", "token_set"]),
    ("domain", "settings", &["ids"]),
    ("domain", "token_set", &["ids", "timestamp"]),
    ("engine", "arrival", &["command", "credential", "engine", "error", "ports"]),
    ("engine", "command", &["engine", "error", "ports"]),
    ("engine", "connection", &["arrival", "command", "credential", "engine", "error", "ports"]),
    ("engine", "credential", &["ports"]),
    ("engine", "engine", &["credential", "ports"]),
    ("engine", "error", &["ports"]),
    ("engine", "onboarding", &["arrival", "command", "credential", "engine", "error", "ports"]),
    ("engine", "release", &["arrival", "credential", "engine", "error", "ports"]),
    ("engine", "resources", &["command", "credential", "engine", "error", "ports"]),
    ("fuzzing", "body", &["crate"]),
    ("fuzzing", "query", &["crate"]),
    ("graph", "descriptions", &["version"]),
    ("graph", "endpoint", &["operations", "routes"]),
    ("graph", "operations", &["permissions", "resource", "routes", "schema", "version"]),
    ("graph", "resource", &["names", "schema", "version"]),
    ("graph", "routes", &["names", "version"]),
    ("graph", "schema", &["names", "version"]),
    ("odata", "batch", &["path"]),
    ("odata", "parse", &["model", "query", "tree"]),
    ("odata", "payload", &["model"]),
    ("odata", "token", &["parse", "query"]),
    ("odata", "tree", &["model"]),
    (
        "server",
        "app",
        &[
            "config",
            "connector",
            "crate",
            "http",
            "identity",
            "keys",
            "metrics",
            "receipt",
            "system",
            "throttle",
            "vault",
        ],
    ),
    (
        "server",
        "cli",
        &["app", "config", "connector", "http", "identity", "keys", "receipt", "system", "vault"],
    ),
    ("server", "config", &["connector", "http", "identity", "system", "throttle", "vault"]),
    ("server", "connector", &["system"]),
    (
        "server",
        "http",
        &["connector", "crate", "identity", "keys", "metrics", "receipt", "throttle", "vault"],
    ),
    ("server", "identity", &["keys", "system"]),
    ("server", "keys", &["system", "vault"]),
    ("server", "metrics", &["identity", "throttle"]),
    ("server", "receipt", &["keys", "system"]),
    ("server", "vault", &["system"]),
    ("store", "any", &["postgres", "shared", "sqlite", "statistics"]),
    ("store", "audit", &["rows"]),
    ("store", "changeset", &["audit", "stored_format"]),
    ("store", "copy", &["audit", "postgres", "rows", "sqlite"]),
    (
        "store",
        "postgres",
        &[
            "audit",
            "changeset",
            "copy",
            "fair_queue",
            "render",
            "rows",
            "shared",
            "statistics",
            "stored_format",
        ],
    ),
    ("store", "render", &["stored_format"]),
    ("store", "rows", &["render", "stored_format"]),
    ("store", "sqlite", &["audit", "changeset", "copy", "fair_queue", "render", "rows", "stored_format"]),
    ("tidy", "folders", &["sources"]),
    ("tidy", "functions", &["sources"]),
    ("tidy", "names", &["sources"]),
    ("tidy", "references", &["sources"]),
];
