use std::io::{BufRead as _, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::Arc;

use url::Url;

use super::super::{Authority, FaultProxy, installed, plain_client};
use super::OAuthPartner;

/// How an [`OAuthPartner`] is started.
pub(crate) struct OAuthSetup {
    redirect_uri: String,
    arguments: Vec<String>,
    issuer: Option<String>,
    authority: Option<Arc<Authority>>,
}

/// When refresh tokens are replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rotation {
    On,
    Off,
    /// The first of a consent, and none after it.
    Once,
}

impl Rotation {
    pub(crate) const ALL: [Self; 3] = [Self::On, Self::Off, Self::Once];

    fn word(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
            Self::Once => "once",
        }
    }
}

impl OAuthSetup {
    pub(super) fn new(redirect_uri: &str) -> Self {
        let arguments = vec!["--redirect-uri".to_owned(), redirect_uri.to_owned()];
        Self { redirect_uri: redirect_uri.to_owned(), arguments, issuer: None, authority: None }
    }

    /// The client sends its secret in the form; otherwise it is in the `Authorization` header.
    pub(crate) fn secret_in_the_form(self) -> Self {
        self.option("--auth", "client_secret_post")
    }

    /// How long access tokens live.
    pub(crate) fn access_seconds(self, seconds: u32) -> Self {
        self.option("--access-seconds", &seconds.to_string())
    }

    /// How long refresh tokens live.
    pub(crate) fn refresh_seconds(self, seconds: u32) -> Self {
        self.option("--refresh-seconds", &seconds.to_string())
    }

    /// How long a code lives.
    pub(crate) fn code_seconds(self, seconds: u32) -> Self {
        self.option("--code-seconds", &seconds.to_string())
    }

    /// A refresh gives no new refresh token; the old one goes on.
    pub(crate) fn without_rotation(self) -> Self {
        self.rotating(Rotation::Off)
    }

    /// When a refresh gives a new refresh token, and the old one is spent.
    pub(crate) fn rotating(self, rotation: Rotation) -> Self {
        self.option("--rotation", rotation.word())
    }

    /// Nobody can ask whether a token lives, but for the oracle.
    pub(crate) fn without_introspection(self) -> Self {
        self.flag("--no-introspection")
    }

    /// Tokens cannot be revoked.
    pub(crate) fn without_revocation(self) -> Self {
        self.flag("--no-revocation")
    }

    /// A revocation ends the token it names and no other, which RFC 7009 allows.
    pub(crate) fn revoking_one_token(self) -> Self {
        self.flag("--revokes-one-token")
    }

    /// It speaks TLS, with a certificate of this authority.
    pub(crate) fn with_tls(mut self, authority: &Arc<Authority>) -> Self {
        let (certificate, key) = authority.identity_files();
        self.authority = Some(Arc::clone(authority));
        self.option("--cert", certificate.to_str().unwrap()).option("--key", key.to_str().unwrap())
    }

    /// This stands before it, so it goes by its address.
    pub(crate) fn start_behind(mut self, proxy: &FaultProxy) -> OAuthPartner {
        assert!(self.authority.is_none(), "a proxy asks in plain HTTP");
        self.issuer = Some(proxy.url());
        let partner = self.option("--issuer", &proxy.url()).start();
        proxy.leads_to(address(&partner.direct));
        partner
    }

    /// Starts it and waits until it listens.
    pub(crate) fn start(self) -> OAuthPartner {
        let mut command = Command::new("node");
        command.arg(installed().join("partner.mjs")).args(&self.arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().unwrap_or_else(|error| panic!("these tests need node: {error}"));
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let direct =
            Url::parse(line.trim()).unwrap_or_else(|_| panic!("the partner did not start: {line:?}"));
        drain(output);
        let http = plain_client();
        let http = match &self.authority {
            Some(authority) => http.tls_certs_only([authority.trusted()]),
            None => http,
        };
        let issuer = self.issuer.unwrap_or_else(|| line.trim().to_owned());
        OAuthPartner { process, issuer, direct, redirect_uri: self.redirect_uri, http: http.build().unwrap() }
    }

    fn option(mut self, name: &str, value: &str) -> Self {
        self.arguments.extend([name.to_owned(), value.to_owned()]);
        self
    }

    fn flag(mut self, name: &str) -> Self {
        self.arguments.push(name.to_owned());
        self
    }
}

fn address(url: &Url) -> SocketAddr {
    url.socket_addrs(|| None).unwrap()[0]
}

/// Reads until the process is gone, which would stop if nobody read what it says.
fn drain(mut output: impl Read + Send + 'static) {
    std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
}
