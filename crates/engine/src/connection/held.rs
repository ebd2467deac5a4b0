//! A live connection that was read.

use gangway_domain::Partner;

use crate::StoredCredential;
use crate::credential::Holdings;

/// A partner's credential, opened.
pub(super) struct HeldConnection {
    pub(super) partner: Partner,
    pub(super) stored: StoredCredential,
    pub(super) holdings: Holdings,
}
