//! The outbound guard: where Gangway may connect to on behalf of a profile. That is nowhere inside the network it runs in, unless
//! the operator allows it, and never a link-local address, where clouds keep their credentials.
//!
//! A URL is checked twice, because a name says nothing of where it leads. Before a call, [`Guard::check_url`] looks at all that can
//! be seen without DNS. When the connection is made, [`GuardedResolver`] resolves the name and passes on only the addresses that
//! are allowed; the connection goes to one of exactly these. So a name cannot lead to one address when it is checked and to
//! another when it is used (DNS rebinding). Redirects are not followed, so there is no third way. Examples:
//!
//! ```text
//! http://partner.example/           refused: not https
//! https://0x7f.1/                   refused: the URL parser reads 127.0.0.1, however it is spelled
//! https://partner.example/          resolves to 10.0.0.1 and 93.184.215.14: connects to the latter only
//! https://internal.example/         resolves to 10.0.0.1 alone: refused, unless allow_private_addresses
//! https://metadata.example/         resolves to 169.254.169.254: refused, whatever is allowed
//! ```

mod address;

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use gangway_engine::Future;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use address::{LINK_LOCAL, not_public};

/// What may be connected to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Guard {
    /// Whether `http` and addresses that are not public are all right.
    pub(super) allow_private: bool,
}

/// Why something may not be connected to. It reads on after what it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Forbidden {
    #[error("is not an https URL (allow_private_addresses = true allows http)")]
    NotHttps,
    #[error("is neither an https nor an http URL")]
    NotWeb,
    #[error("has a user name or password in it")]
    UserInfo,
    #[error("has a fragment")]
    Fragment,
    #[error("leads to {0}, {1} (allow_private_addresses = true allows it)")]
    Address(IpAddr, &'static str),
    #[error("leads to {0}, a link-local address: clouds keep their credentials there")]
    LinkLocal(IpAddr),
}

impl Guard {
    /// Checks all of a URL that can be checked without DNS.
    ///
    /// # Errors
    /// [`Forbidden`]
    pub(super) fn check_url(self, url: &Url) -> Result<(), Forbidden> {
        match url.scheme() {
            "https" => {}
            "http" if self.allow_private => {}
            "http" => return Err(Forbidden::NotHttps),
            _ => return Err(Forbidden::NotWeb),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Forbidden::UserInfo);
        }
        if url.fragment().is_some() {
            return Err(Forbidden::Fragment);
        }
        match url.host() {
            Some(Host::Ipv4(address)) => self.check_address(address.into()),
            Some(Host::Ipv6(address)) => self.check_address(address.into()),
            // An https URL always has a host.
            Some(Host::Domain(_)) | None => Ok(()),
        }
    }

    fn check_address(self, address: IpAddr) -> Result<(), Forbidden> {
        match not_public(address) {
            Some(LINK_LOCAL) => Err(Forbidden::LinkLocal(address)),
            Some(what) if !self.allow_private => Err(Forbidden::Address(address, what)),
            Some(_) | None => Ok(()),
        }
    }

    /// Those of the addresses that may be connected to; never none.
    fn allowed(
        self,
        found: Vec<SocketAddr>,
    ) -> Result<Vec<SocketAddr>, Box<dyn std::error::Error + Send + Sync>> {
        let mut allowed = Vec::with_capacity(found.len());
        let mut forbidden = None;
        for address in found {
            match self.check_address(address.ip()) {
                Ok(()) => allowed.push(address),
                Err(why) => forbidden = Some(why),
            }
        }
        match (allowed.is_empty(), forbidden) {
            (false, _) => Ok(allowed),
            (true, Some(why)) => Err(why.into()),
            (true, None) => Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address").into()),
        }
    }
}

/// Finds a name's addresses.
pub(super) type Lookup = Arc<dyn Fn(String) -> Future<'static, io::Result<Vec<SocketAddr>>> + Send + Sync>;

/// The system's own way to find addresses.
pub(super) fn system_lookup() -> Lookup {
    Arc::new(|name| Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.collect()) }))
}

/// Finds addresses and gives on only those that may be connected to. The connection is made to what it gives, so a
/// name cannot mean one address when it is checked and another when it is used.
pub(super) struct GuardedResolver {
    pub(super) guard: Guard,
    pub(super) lookup: Lookup,
}

impl fmt::Debug for GuardedResolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardedResolver").field("guard", &self.guard).finish_non_exhaustive()
    }
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (guard, found) = (self.guard, (self.lookup)(name.as_str().to_owned()));
        Box::pin(async move {
            let allowed: Addrs = Box::new(guard.allowed(found.await?)?.into_iter());
            Ok(allowed)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRICT: Guard = Guard { allow_private: false };
    const OPEN: Guard = Guard { allow_private: true };

    fn check(guard: Guard, url: &str) -> Result<(), Forbidden> {
        guard.check_url(&url.parse().unwrap())
    }

    #[test]
    fn only_https_to_public_hosts_goes_without_being_allowed() {
        assert_eq!(check(STRICT, "https://partner.example:8443/token?x=y"), Ok(()));
        assert_eq!(check(STRICT, "https://93.184.215.14/"), Ok(()));
        assert_eq!(check(STRICT, "http://partner.example/"), Err(Forbidden::NotHttps));
        assert_eq!(check(OPEN, "http://10.0.0.1/"), Ok(()));
        for guard in [STRICT, OPEN] {
            assert_eq!(check(guard, "ftp://partner.example/"), Err(Forbidden::NotWeb));
            assert_eq!(check(guard, "https://me@partner.example/"), Err(Forbidden::UserInfo));
            assert_eq!(check(guard, "https://:secret@partner.example/"), Err(Forbidden::UserInfo));
            assert_eq!(check(guard, "https://partner.example/#x"), Err(Forbidden::Fragment));
        }
    }

    #[test]
    fn a_host_that_is_a_private_address_is_refused_however_it_is_spelled() {
        for host in [
            "127.0.0.1",
            "2130706433",
            "0x7f.1",
            "017700000001",
            "127.1",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "0",
            "[fd00::1]",
            "10.1.2.3",
        ] {
            let url = format!("https://{host}/");
            assert!(matches!(check(STRICT, &url), Err(Forbidden::Address(..))), "{url}");
            assert_eq!(check(OPEN, &url), Ok(()), "{url}");
        }
    }

    #[test]
    fn nothing_leads_to_where_clouds_keep_their_credentials() {
        for host in ["169.254.169.254", "0xa9.0xfe.0xa9.0xfe", "[fe80::1]", "[::ffff:169.254.169.254]"] {
            for guard in [STRICT, OPEN] {
                let found = check(guard, &format!("https://{host}/"));
                assert!(matches!(found, Err(Forbidden::LinkLocal(_))), "{host} {found:?}");
            }
        }
    }

    async fn resolved(guard: Guard, found: &[&str]) -> Result<Vec<String>, String> {
        let found: Vec<SocketAddr> = found.iter().map(|a| SocketAddr::new(a.parse().unwrap(), 0)).collect();
        let lookup: Lookup = Arc::new(move |_| {
            let found = found.clone();
            Box::pin(async { Ok(found) })
        });
        let resolver = GuardedResolver { guard, lookup };
        let addresses = resolver.resolve("partner.example".parse().unwrap()).await;
        addresses.map(|all| all.map(|a| a.ip().to_string()).collect()).map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn a_name_gives_only_those_of_its_addresses_that_are_public() {
        let found = resolved(STRICT, &["10.0.0.1", "93.184.215.14", "::1", "2606:4700::1111"]).await;
        assert_eq!(found.unwrap(), ["93.184.215.14", "2606:4700::1111"]);
        let refused = resolved(STRICT, &["127.0.0.1", "169.254.169.254"]).await.unwrap_err();
        assert!(refused.contains("169.254.169.254, a link-local address"), "{refused}");
        assert_eq!(resolved(OPEN, &["10.0.0.1", "169.254.169.254"]).await.unwrap(), ["10.0.0.1"]);
        assert!(resolved(OPEN, &[]).await.unwrap_err().contains("no address"));
    }
}
