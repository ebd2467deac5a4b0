//! How commands reach the server that runs over a data directory.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use gangway_engine::Secret;
use reqwest::{Client, Method, redirect};
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use super::runtime::in_runtime;
use crate::app::dev;
use crate::system::admin_file::AdminFile;

/// How long a server may take to answer: a rotation of keys goes through the whole store.
const TIMEOUT: Duration = Duration::from_mins(10);

/// The admin listener of a running server.
pub(in crate::cli) struct Server {
    client: Client,
    url: String,
    token: Secret,
    data: PathBuf,
}

impl Server {
    /// The server over this data directory.
    pub(in crate::cli) fn over(data: &Path) -> Result<Self, String> {
        let found = AdminFile::read(data)?;
        // It is on this machine, whatever proxies there are.
        let client = Client::builder().no_proxy().redirect(redirect::Policy::none()).timeout(TIMEOUT).build();
        let client = client.map_err(|error| format!("could not create an HTTP client: {error}"))?;
        Ok(Self { client, url: found.url, token: found.token, data: data.to_owned() })
    }

    pub(in crate::cli) fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, String> {
        parsed(&self.ask(Method::GET, path, None)?)
    }

    pub(in crate::cli) fn get_text(&self, path: &str) -> Result<String, String> {
        self.ask(Method::GET, path, None)
    }

    pub(in crate::cli) fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: Option<&Value>,
    ) -> Result<T, String> {
        parsed(&self.ask(Method::POST, path, body)?)
    }

    pub(in crate::cli) fn post_only(&self, path: &str) -> Result<(), String> {
        self.ask(Method::POST, path, None).map(drop)
    }

    fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<String, String> {
        in_runtime(async {
            let mut request = self.client.request(method, format!("{}{path}", self.url));
            request = request.bearer_auth(self.token.expose());
            if let Some(body) = body {
                request = request.json(body);
            }
            let unreachable = |_| {
                let data = self.data.display();
                format!("no server answers at {}: is `gangway serve` running over {data}?", self.url)
            };
            let response = request.send().await.map_err(unreachable)?;
            let status = response.status();
            let text = response
                .text()
                .await
                .map_err(|error| format!("the server's response was cut short: {error}"))?;
            if status.is_success() { Ok(text) } else { Err(refusal(status.as_u16(), &text)) }
        })
    }
}

fn parsed<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text)
        .map_err(|error| format!("the server's response could not be parsed; are the server and this command of one version? {error}"))
}

fn refusal(status: u16, text: &str) -> String {
    let json: Option<Value> = serde_json::from_str(text).ok();
    let message = json.as_ref().and_then(|json| json["error"]["message"].as_str());
    message.map_or_else(|| format!("the server answered {status}"), str::to_owned)
}

/// Something of one tenant: `TENANT/ID`, or `ID` of the tenant that another argument names.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli) struct Reference {
    tenant: Option<Uuid>,
    id: Uuid,
}

impl FromStr for Reference {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let guid = |text: &str| Uuid::try_parse(text).map_err(|_| format!("{text:?} is not a GUID"));
        match text.split_once('/') {
            Some((tenant, id)) => Ok(Self { tenant: Some(guid(tenant)?), id: guid(id)? }),
            None => Ok(Self { tenant: None, id: guid(text)? }),
        }
    }
}

/// Which tenant is meant where a reference does not say.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct TenantArg {
    /// The tenant, where the id does not come with it
    #[arg(long, value_name = "GUID", default_value_t = dev::TENANT.0)]
    tenant: Uuid,
}

impl TenantArg {
    pub(in crate::cli) const fn tenant(&self) -> Uuid {
        self.tenant
    }

    /// As the admin listener's paths have it: `TENANT/ID`.
    pub(in crate::cli) fn path(&self, reference: Reference) -> String {
        format!("{}/{}", reference.tenant.unwrap_or(self.tenant), reference.id)
    }
}
