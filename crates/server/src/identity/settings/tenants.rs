use std::fmt;

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use uuid::Uuid;

/// The tenants that are served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TenantsSetting {
    /// Every tenant the issuers vouch for; written `"any"`.
    Any,
    /// These; written as a list of GUIDs.
    Listed(Vec<Uuid>),
}

impl TenantsSetting {
    pub(in crate::identity) fn includes(&self, tenant: Uuid) -> bool {
        match self {
            Self::Any => true,
            Self::Listed(tenants) => tenants.contains(&tenant),
        }
    }
}

impl<'de> Deserialize<'de> for TenantsSetting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TenantsVisitor)
    }
}

struct TenantsVisitor;

impl<'de> Visitor<'de> for TenantsVisitor {
    type Value = TenantsSetting;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"any\" or a list of tenant ids")
    }

    /// One text, as an environment variable gives it, may hold several ids with commas between them.
    fn visit_str<E: Error>(self, text: &str) -> Result<TenantsSetting, E> {
        if text == "any" {
            return Ok(TenantsSetting::Any);
        }
        text.split(',').map(|id| tenant(id.trim())).collect::<Result<_, _>>().map(TenantsSetting::Listed)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut ids: A) -> Result<TenantsSetting, A::Error> {
        let mut tenants = Vec::new();
        while let Some(id) = ids.next_element::<String>()? {
            tenants.push(tenant(&id)?);
        }
        Ok(TenantsSetting::Listed(tenants))
    }
}

fn tenant<E: Error>(id: &str) -> Result<Uuid, E> {
    id.parse().map_err(|_| E::custom(format_args!("'{id}' is not a tenant id (a GUID)")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "11111111-2222-3333-4444-555555555555";

    fn read(json: &str) -> Result<TenantsSetting, String> {
        serde_json::from_str(json).map_err(|e| e.to_string())
    }

    #[test]
    fn tenants_are_any_or_a_list_of_guids() {
        let one = TenantsSetting::Listed(vec![ID.parse().unwrap()]);
        assert_eq!(read(r#""any""#), Ok(TenantsSetting::Any));
        assert_eq!(read(&format!(r#"["{ID}"]"#)), Ok(one.clone()));
        assert_eq!(read(&format!(r#""{ID}""#)), Ok(one));
        assert!(read(r#"["any"]"#).unwrap_err().contains("'any' is not a tenant id"));
        assert!(read("7").is_err());
    }
}
