use gangway_domain::{AttemptId, PartnerId, ReleaseId, TenantId};
use gangway_engine::{AttemptPhase, Binding, Field, SecretPlace, StoredSecret};
use uuid::Uuid;

use super::{Read, Row, Senseless, field, generation, id, partner_id, sealed, text};
use crate::stored_format::words;

/// A table whose rows have secrets. The order of these is the order of places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SecretTable {
    Attempts,
    Credentials,
    Releases,
}

impl SecretTable {
    const ALL: [Self; 3] = [Self::Attempts, Self::Credentials, Self::Releases];

    /// The table of a place, and the key of its row there.
    pub(crate) const fn row_at(place: SecretPlace) -> (Self, TenantId, Uuid) {
        match place {
            SecretPlace::Attempt(tenant, id) => (Self::Attempts, tenant, id.0),
            SecretPlace::Credential(tenant, id) => (Self::Credentials, tenant, id.0),
            SecretPlace::Release(tenant, id) => (Self::Releases, tenant, id.0),
        }
    }

    /// The tables that are read when what is before this place was read already, and behind which of its rows each is.
    pub(crate) fn behind(
        place: Option<SecretPlace>,
    ) -> impl Iterator<Item = (Self, Option<(TenantId, Uuid)>)> {
        let begun = place.map(Self::row_at);
        let first = begun.map_or(Self::Attempts, |(table, _, _)| table);
        let tables = Self::ALL.into_iter().filter(move |table| *table >= first);
        let row =
            move |table| begun.filter(|(first, _, _)| *first == table).map(|(_, tenant, id)| (tenant, id));
        tables.map(move |table| (table, row(table)))
    }

    /// From tenant, id, partner, generation, what tells the kind of secret, and what is sealed.
    pub(crate) fn secret(self, row: &impl Row) -> Read<StoredSecret> {
        let tenant = TenantId(id(row, 0, "tenant")?);
        let binding = Binding {
            tenant,
            partner: partner_id(row, 2)?,
            generation: generation(row, 3)?,
            field: self.field(row, 4)?,
        };
        let place = self.place(tenant, id(row, 1, "id")?);
        Ok(StoredSecret { place, binding, sealed: sealed(row, 5, "secret")? })
    }

    const fn place(self, tenant: TenantId, id: Uuid) -> SecretPlace {
        match self {
            Self::Attempts => SecretPlace::Attempt(tenant, AttemptId(id)),
            Self::Credentials => SecretPlace::Credential(tenant, PartnerId(id)),
            Self::Releases => SecretPlace::Release(tenant, ReleaseId(id)),
        }
    }

    fn field(self, row: &impl Row, column: usize) -> Read<Field> {
        if self != Self::Attempts {
            return field(row, column);
        }
        match words::phase_from_word(text(row, column, "phase")?) {
            Some(AttemptPhase::Open) => Ok(Field::Attempt),
            Some(AttemptPhase::Redeeming) => Ok(Field::Code),
            Some(AttemptPhase::Closed) | None => Err(Senseless("attempt")),
        }
    }
}
