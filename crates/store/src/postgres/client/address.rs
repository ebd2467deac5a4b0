//! Where a database is, from its URL.

use std::fmt;
use std::path::PathBuf;

use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

use crate::postgres::{PostgresError, PostgresOptions};

/// A database, and how to get there.
#[derive(Clone)]
pub(in crate::postgres) struct Address {
    /// Its hosts and its name, for messages. It has no password.
    pub(in crate::postgres) name: String,
    /// How to connect to each of the hosts.
    pub(in crate::postgres) hosts: Vec<tokio_postgres::Config>,
    pub(in crate::postgres) trust: Trust,
}

/// Which servers are believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::postgres) enum Trust {
    /// Any.
    Anyone,
    /// Those with a certificate that one of these has signed, or one of the system's.
    Signed { by: Option<PathBuf>, by_name: bool },
}

impl Address {
    pub(in crate::postgres) fn parse(options: &PostgresOptions) -> Result<Self, PostgresError> {
        let (rest, tls) = split(&options.url)?;
        let mut config: tokio_postgres::Config =
            rest.parse().map_err(|error| PostgresError::Url(super::open_error::told(&error)))?;
        let (mode, trust) = trust(&tls, options)?;
        config.ssl_mode(mode);
        if config.get_application_name().is_none() {
            config.application_name("gangway");
        }
        if !tls.any_session {
            config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        config.connect_timeout(options.connect_lasts).tcp_user_timeout(options.point_lasts);
        let hosts = one_by_one(&config)?;
        Ok(Self { name: name(&config), hosts, trust })
    }
}

/// Without the password.
impl fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = Address::parse(self).map_or_else(|_| "?".into(), |place| place.name);
        f.debug_struct("PostgresOptions")
            .field("url", &place)
            .field("ca_file", &self.ca_file)
            .field("migrates", &self.migrates)
            .field("connections", &self.connections)
            .field("list_connections", &self.list_connections)
            .field("query_connections", &self.query_connections)
            .field("connect_lasts", &self.connect_lasts)
            .field("wait_lasts", &self.wait_lasts)
            .field("point_lasts", &self.point_lasts)
            .field("list_lasts", &self.list_lasts)
            .field("query_lasts", &self.query_lasts)
            .field("commit_lasts", &self.commit_lasts)
            .finish()
    }
}

/// What the URL says that is not for the library.
#[derive(Debug, Default)]
struct Said {
    mode: Option<String>,
    ca_file: Option<String>,
    any_session: bool,
}

/// The library knows but few of the modes, so they are taken out of the URL.
fn split(url: &str) -> Result<(String, Said), PostgresError> {
    if !(url.starts_with("postgres://") || url.starts_with("postgresql://")) {
        return Err(PostgresError::Url("is none of PostgreSQL's".into()));
    }
    let after_user = url.rfind('@').unwrap_or_default();
    let Some(query) = url[after_user..].find('?').map(|at| at + after_user) else {
        return Ok((url.to_owned(), Said::default()));
    };
    let mut said = Said::default();
    let mut rest = Vec::new();
    for pair in url[query + 1..].split('&') {
        match pair.split_once('=') {
            Some(("sslmode", mode)) => said.mode = Some(mode.to_owned()),
            Some(("sslrootcert", file)) => said.ca_file = Some(file.to_owned()),
            Some(("target_session_attrs", "any")) => said.any_session = true,
            _ => rest.push(pair),
        }
    }
    let rest = if rest.is_empty() {
        url[..query].to_owned()
    } else {
        format!("{}?{}", &url[..query], rest.join("&"))
    };
    Ok((rest, said))
}

/// What PostgreSQL's documentation says of `sslmode` ("SSL Support", table 34.1): `require` looks at certificates only where
/// there is a file to believe them by.
fn trust(said: &Said, options: &PostgresOptions) -> Result<(SslMode, Trust), PostgresError> {
    let system = said.ca_file.as_deref() == Some("system");
    let given = said.ca_file.as_ref().filter(|_| !system).map(PathBuf::from);
    let by = if system { None } else { given.or_else(|| options.ca_file.clone()) };
    let signed = |by_name| Trust::Signed { by: by.clone(), by_name };
    Ok(match said.mode.as_deref() {
        Some("disable") => (SslMode::Disable, Trust::Anyone),
        None | Some("prefer") => (SslMode::Prefer, Trust::Anyone),
        Some("require") if by.is_none() => (SslMode::Require, Trust::Anyone),
        Some("require" | "verify-ca") => (SslMode::Require, signed(false)),
        Some("verify-full") => (SslMode::Require, signed(true)),
        Some(other) => {
            return Err(PostgresError::Url(format!(
                "has sslmode '{other}', which is none of disable, prefer, require, verify-ca and verify-full"
            )));
        }
    })
}

/// A configuration for each host: the library gives a host that answers nothing all the time there is.
fn one_by_one(config: &tokio_postgres::Config) -> Result<Vec<tokio_postgres::Config>, PostgresError> {
    let (hosts, ports) = (config.get_hosts(), config.get_ports());
    if hosts.is_empty() {
        return Err(PostgresError::Url("names no host".into()));
    }
    if config.get_dbname().is_none_or(str::is_empty) {
        return Err(PostgresError::Url("names no database".into()));
    }
    if !config.get_hostaddrs().is_empty() {
        return Err(PostgresError::Url(
            "has hostaddr, which is not supported: name the address as the host".into(),
        ));
    }
    let one = |(place, host): (usize, &Host)| {
        let mut one = tokio_postgres::Config::new();
        match host {
            Host::Tcp(name) => one.host(name),
            #[cfg(unix)]
            Host::Unix(path) => one.host_path(path),
        };
        one.port(ports.get(place).or(ports.first()).copied().unwrap_or(5432));
        copy(config, &mut one);
        one
    };
    Ok(hosts.iter().enumerate().map(one).collect())
}

fn copy(from: &tokio_postgres::Config, to: &mut tokio_postgres::Config) {
    from.get_user().map(|user| to.user(user));
    from.get_password().map(|password| to.password(password));
    from.get_dbname().map(|name| to.dbname(name));
    from.get_options().map(|options| to.options(options));
    from.get_application_name().map(|name| to.application_name(name));
    from.get_connect_timeout().map(|lasts| to.connect_timeout(*lasts));
    from.get_tcp_user_timeout().map(|lasts| to.tcp_user_timeout(*lasts));
    from.get_keepalives_interval().map(|lasts| to.keepalives_interval(lasts));
    from.get_keepalives_retries().map(|count| to.keepalives_retries(count));
    to.ssl_mode(from.get_ssl_mode())
        .ssl_negotiation(from.get_ssl_negotiation())
        .keepalives(from.get_keepalives())
        .keepalives_idle(from.get_keepalives_idle())
        .target_session_attrs(from.get_target_session_attrs())
        .channel_binding(from.get_channel_binding());
}

fn name(config: &tokio_postgres::Config) -> String {
    let ports = config.get_ports();
    let hosts = config.get_hosts().iter().enumerate().map(|(place, host)| {
        let port = ports.get(place).or(ports.first()).copied().unwrap_or(5432);
        match host {
            Host::Tcp(name) => format!("{name}:{port}"),
            #[cfg(unix)]
            Host::Unix(path) => format!("{}:{port}", path.display()),
        }
    });
    format!("{}/{}", hosts.collect::<Vec<_>>().join(","), config.get_dbname().unwrap_or_default())
}
