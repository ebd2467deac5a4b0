use gangway_domain::{PartnerId, TenantId};
use gangway_engine::{CredentialId, StoredCredential};

use super::{Read, Row, account, generation, id, sealed, time};

/// From its id, generation, account's id and name, the time, and what is sealed.
pub(crate) fn credential(row: &impl Row, tenant: TenantId, partner: PartnerId) -> Read<StoredCredential> {
    Ok(StoredCredential {
        tenant,
        partner,
        id: CredentialId(id(row, 0, "id of a credential")?),
        generation: generation(row, 1)?,
        account: account(row, 2)?,
        sealed: sealed(row, 5, "credential")?,
        obtained: time(row, 4, "time of a credential")?,
    })
}
